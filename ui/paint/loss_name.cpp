#include "ui/paint/loss_name.h"

#include "core/gradients/analyses.h"
#include "core/gradients/backward_sweep.h"
#include "ui/paint/number_format.h"

#include <QCoreApplication>

namespace ui {

namespace {

struct LossWords
{
    Q_DECLARE_TR_FUNCTIONS(ui::LossName)
};

QString gradientOf(const QString& loss)
{
    return LossWords::tr("gradient of %1").arg(loss);
}

QString pickedWords(int s)
{
    return LossWords::tr("the picked loss %1").arg(lossName(s));
}

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

QString gradientWords(int picked)
{
    return gradientOf(lossWords(picked));
}

QString lossWords(int picked)
{
    return picked > 0 ? pickedWords(picked) : LossWords::tr("the whole loss L");
}

QString lossWords(const unrolled::Analyses& analyses)
{
    if (analyses.loss > 0)
        return pickedWords(analyses.loss);
    const bool only = unrolled::countedSteps(analyses.trace()).size() == 1;
    return (only ? LossWords::tr("the only loss %1") : LossWords::tr("the last loss %1"))
        .arg(lossName(analyses.single));
}

QString gradientWords(const unrolled::Analyses& analyses)
{
    return analyses.single > 0 ? gradientOf(lossWords(analyses)) : QString();
}

} // namespace ui
