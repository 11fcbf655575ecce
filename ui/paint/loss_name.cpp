#include "ui/paint/loss_name.h"

#include "ui/paint/number_format.h"

namespace ui {

namespace {

QString renamed(QString text, const QString& loss)
{
    return text.replace(QStringLiteral("∂L/"), QStringLiteral("∂%1/").arg(loss));
}

} // namespace

QString lossSymbol(int s)
{
    return s > 0 ? QStringLiteral("L_{%1}").arg(s) : QStringLiteral("L");
}

QString lossSymbol(const Frame& frame)
{
    return lossSymbol(frame.pickedLoss);
}

QString lossName(int s)
{
    return s > 0 ? QStringLiteral("L") + subscript(s) : QStringLiteral("L");
}

QString lossName(const Frame& frame)
{
    return lossName(frame.pickedLoss);
}

QString withLossSymbol(QString math, int s)
{
    return renamed(std::move(math), lossSymbol(s));
}

QString withLossName(QString text, int s)
{
    return renamed(std::move(text), lossName(s));
}

} // namespace ui
