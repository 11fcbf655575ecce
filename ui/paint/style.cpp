#include "ui/paint/style.h"

#include <QApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleOption>

namespace ui {

namespace {

Appearance chosen = Appearance::System;
bool desktopDark = false;

class Style : public QProxyStyle
{
public:
    Style() : QProxyStyle(QStringLiteral("Fusion")) {}

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override
    {
        switch (metric) {
        case PM_SplitterWidth:
        case PM_DockWidgetSeparatorExtent:
            return 1;
        case PM_SmallIconSize:
            return 18;
        default:
            return QProxyStyle::pixelMetric(metric, option, widget);
        }
    }

    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* result) const override
    {
        switch (hint) {
        case SH_ComboBox_Popup: // a list under the box, not a menu over it
            return 0;
        case SH_ToolTip_WakeUpDelay:
            return 500;
        default:
            return QProxyStyle::styleHint(hint, option, widget, result);
        }
    }

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override
    {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        if (element == PE_IndicatorCheckBox || (element == PE_FrameLineEdit && !focused(option)))
            outlineOnDark(option, painter);
    }

    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override
    {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        if (control == CC_SpinBox && !focused(option))
            outlineOnDark(option, painter);
    }

    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override
    {
        if (element == CE_Splitter) {
            painter->fillRect(option->rect, option->palette.color(QPalette::Mid));
            return;
        }
        QProxyStyle::drawControl(element, option, painter, widget);
    }

private:
    /// It has an outline of its own then.
    static bool focused(const QStyleOption* option) { return option->state & State_HasFocus; }

    /// Fusion's outlines are darker than the window, and cannot be seen where that is dark.
    static void outlineOnDark(const QStyleOption* option, QPainter* painter)
    {
        if (option->palette.color(QPalette::Window).lightness() >= 128)
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setBrush(Qt::NoBrush);
        painter->setPen(option->palette.color(QPalette::Dark));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        painter->restore();
    }
};

} // namespace

QPalette widgetPalette(const Palette& p)
{
    QPalette palette;
    const QColor button = p.dark ? mixed(p.panel, p.text, 0.06) : p.background;
    const auto set = [&palette](QPalette::ColorRole role, const QColor& color) {
        palette.setColor(QPalette::All, role, color);
    };
    set(QPalette::Window, p.panel);
    set(QPalette::WindowText, p.text);
    set(QPalette::Base, p.background);
    set(QPalette::AlternateBase, p.panel);
    set(QPalette::Text, p.text);
    set(QPalette::Button, button);
    set(QPalette::ButtonText, p.text);
    set(QPalette::BrightText, p.wrong);
    set(QPalette::PlaceholderText, p.muted);
    set(QPalette::ToolTipBase, p.background);
    set(QPalette::ToolTipText, p.text);
    set(QPalette::Highlight, p.forward);
    set(QPalette::HighlightedText, textOn(p.forward));
    set(QPalette::Link, p.forward);
    set(QPalette::LinkVisited, p.forward);
    set(QPalette::Light, mixed(p.panel, p.background, 0.5));
    set(QPalette::Midlight, p.track);
    set(QPalette::Mid, p.line);
    set(QPalette::Dark, p.faint);
    set(QPalette::Shadow, mixed(p.panel, p.text, p.dark ? 0.0 : 0.3));
    const QColor disabled = mixed(p.panel, p.muted, 0.7);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, p.faint);
    return palette;
}

void installStyle(QApplication& application)
{
    application.setStyle(new Style);
}

void setDesktopDark(bool dark)
{
    if (desktopDark == dark)
        return;
    desktopDark = dark;
    if (chosen == Appearance::System)
        applyAppearance(Appearance::System);
}

void applyAppearance(Appearance appearance)
{
    chosen = appearance;
    const Palette* set = appearance == Appearance::Dark ? &darkPalette() : &lightPalette();
    if (appearance == Appearance::System) {
        QApplication::setPalette(QPalette()); // back to the platform's
        set = desktopDark ? &darkPalette() : &paletteFor(QApplication::palette());
    }
    QApplication::setPalette(widgetPalette(*set));
}

} // namespace ui
