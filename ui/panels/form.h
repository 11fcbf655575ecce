#pragma once

#include "ui/paint/palette.h"

#include <QLabel>
#include <QLineEdit>
#include <QWidget>

#include <functional>
#include <optional>

class QGridLayout;

namespace ui {

/// A line edit for a number; says beneath itself what is wrong with what was typed.
class NumberEdit : public QLineEdit
{
    Q_OBJECT
public:
    /// `expected` completes the sentence "expected …": "a number above 0".
    NumberEdit(std::function<bool(double)> allowed, const QString& expected, QWidget* parent = nullptr);

    void setValue(double value);
    /// A number that nobody typed: it stands there with six digits, all of them in its tooltip, and stays as
    /// it is to the last bit until another one is typed.
    void setComputed(double value);
    double value() const { return m_value; } ///< the last right one
    double typed() const;                    ///< what stands there, while still typing; else value()
    bool isRight() const { return m_problem.isEmpty(); }
    QString problem() const { return m_problem; }

signals:
    /// Return was pressed or the field left, with another right value than before.
    void valueEdited(double value);
    void problemChanged(const QString& problem);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QString shown() const; ///< the value as it stands there
    bool check();
    void finish();
    std::optional<double> right() const; ///< the number that stands there, where it is allowed

    std::function<bool(double)> m_allowed;
    QString m_expected;
    QString m_problem;
    double m_value = 0;
    QString m_short; ///< what stands for a computed number; empty where all of its digits do
};

/// Builds a column of sections, each a bold title over rows of label and field, in one look.
class FormBuilder
{
public:
    explicit FormBuilder(QWidget* parent);

    /// Starts a section; returns its note, a quiet line under the title that is hidden while empty.
    QLabel* section(const QString& title);
    /// Adds a row; the field's accessible name is the label, the tooltip goes to both.
    QLabel* row(const QString& label, QWidget* field, const QString& tip);
    void wide(QWidget* widget);
    /// Shows or hides the whole row of a field.
    static void setRowVisible(QWidget* field, bool visible);
    void finish();

private:
    QWidget* m_parent;
    QGridLayout* m_grid;
    int m_row = 0;
};

/// A label that wraps, in a colour of the palette that follows between light and dark.
class TintedLabel : public QLabel
{
public:
    TintedLabel(QColor Palette::*color, QWidget* parent);

protected:
    void changeEvent(QEvent* event) override;

private:
    void tint();

    QColor Palette::*m_color;
    bool m_tinting = false;
};

/// A hint, in muted text.
QLabel* noteLabel(QWidget* parent);

/// What is wrong with an input; hidden where nothing is.
class ProblemLabel : public TintedLabel
{
public:
    explicit ProblemLabel(QWidget* parent);

    void setProblem(const QString& problem);
};

} // namespace ui
