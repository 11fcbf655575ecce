#pragma once

#include "core/trace/position.h"

#include <QWidget>

class QProgressBar;

namespace ui {

/// One sentence on what happens at the present position, in the tint of its phase; at its end, while a long
/// replay runs, its progress with a way to call it off.
class CaptionBar : public QWidget
{
    Q_OBJECT
public:
    explicit CaptionBar(QWidget* parent = nullptr);

    void showCaption(const QString& text, unrolled::Phase phase);
    QString text() const { return m_text; }
    /// share 0…1; 1 hides it.
    void showProgress(double share);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {100, sizeHint().height()}; }

signals:
    void cancelRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    QString m_text;
    unrolled::Phase m_phase = unrolled::Phase::Forward;
    QWidget* m_work;
    QProgressBar* m_progress;
    bool m_elided = false;
};

} // namespace ui
