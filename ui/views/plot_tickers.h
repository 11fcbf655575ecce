#pragma once

// For sources of plots only, after qcustomplot.h, which is in no header because it takes seconds to read.

namespace ui {

/// Whole numbers, 1-2-5 apart, grouped digits; `first` is always among them.
class IntegerTicker : public QCPAxisTicker
{
public:
    explicit IntegerTicker(double first) : m_first(first) {}
    void setRoom(double pixels, double labelWidth)
    {
        m_most = std::max(2, static_cast<int>(pixels / std::max(1.0, labelWidth)));
    }

protected:
    double getTickStep(const QCPRange& range) override;
    QVector<double> createTickVector(double step, const QCPRange& range) override;
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;

private:
    double m_first;
    int m_most = 8;
};

/// Powers of ten, written "10⁻⁴", as many as there is room for.
class DecadeTicker : public QCPAxisTicker
{
public:
    DecadeTicker(double lowest, double highest) : m_lowest(lowest), m_highest(highest) {}
    void setRoom(double pixels, double labelHeight)
    {
        m_most = std::max(2, static_cast<int>(pixels / std::max(1.0, labelHeight)));
    }
    void setLimits(double lowest, double highest)
    {
        m_lowest = lowest;
        m_highest = highest;
    }

protected:
    double getTickStep(const QCPRange&) override { return 1; }
    QVector<double> createTickVector(double step, const QCPRange& range) override;
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;

private:
    double m_lowest;
    double m_highest;
    int m_most = 6;
};

/// Round numbers of a linear axis, 1-2-5 apart, in the number format of the interface.
class NumberTicker : public QCPAxisTicker
{
protected:
    double getTickStep(const QCPRange& range) override;
    QVector<double> createTickVector(double step, const QCPRange& range) override;
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override;

private:
    double m_step = 1;
};

} // namespace ui
