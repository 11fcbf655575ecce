#include "ui/panels/animation_dialog.h"

#include "core/training/error.h"
#include "ui/exports/drawing.h"
#include "ui/paint/number_format.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QSpinBox>

#include <algorithm>

namespace ui {

namespace {

constexpr int furthestIteration = 1'000'000'000;

/// What can be animated, in the order of the choice.
constexpr std::pair<const char*, const char*> animatedKinds[] = {
    {"unrolled", QT_TRANSLATE_NOOP("ui::AnimationDialog", "The unrolled network")},
    {"cell", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Inside the cell")},
    {"decay", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Gradient over time")},
    {"hidden", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Hidden states")},
    {"gates", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Gates")},
    {"weights", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Weights")},
    {"comparison", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Models side by side")},
    {"loss", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Loss and gradient norm")},
    {"itemised", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Loss × time: itemised gradients")},
    {"reach", QT_TRANSLATE_NOOP("ui::AnimationDialog", "What arrives, and what could")},
    {"hops", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Each hop back, taken apart")},
    {"ellipse", QT_TRANSLATE_NOOP("ui::AnimationDialog", "A circle of errors, carried back")},
    {"jacobian", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Singular values of the Jacobians")},
    {"contribution", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Contributions of the steps")},
    {"update", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Updates of the steps")},
    {"singular", QT_TRANSLATE_NOOP("ui::AnimationDialog", "Singular values over iterations")},
};

void select(QComboBox* box, const QVariant& data)
{
    box->setCurrentIndex(std::max(0, box->findData(data)));
}

QSpinBox* iterationBox(QWidget* parent, const QString& name, int least)
{
    auto* box = new QSpinBox(parent);
    box->setRange(least, furthestIteration);
    box->setGroupSeparatorShown(true);
    box->setAccessibleName(name);
    return box;
}

} // namespace

AnimationDialog::AnimationDialog(const Frame& now, const QString& kind, QSettings& settings, QWidget* parent)
    : QDialog(parent), m_now(now), m_settings(settings),
      m_iteration(new QRadioButton(
          tr("&This iteration (%1), step by step").arg(count(now.position.iteration)), this)),
      m_training(new QRadioButton(tr("The t&raining, iteration by iteration"), this)),
      m_range(new QWidget(this)), m_from(iterationBox(this, tr("First iteration"), 0)),
      m_to(iterationBox(this, tr("Last iteration"), 0)),
      m_every(iterationBox(this, tr("A frame every so many iterations"), 1)), m_kind(new QComboBox(this)),
      m_by(new QComboBox(this)), m_size(new QComboBox(this)), m_format(new QComboBox(this)),
      m_speed(new QDoubleSpinBox(this)), m_estimate(new QLabel(this))
{
    setWindowTitle(tr("Export an animation"));
    build();
    restore(kind);
    for (QRadioButton* choice : {m_iteration, m_training})
        connect(choice, &QRadioButton::toggled, this, &AnimationDialog::showChoices);
    for (QComboBox* box : {m_kind, m_by, m_size, m_format})
        connect(box, &QComboBox::currentIndexChanged, this, &AnimationDialog::showEstimate);
    for (QSpinBox* box : {m_from, m_to, m_every})
        connect(box, &QSpinBox::valueChanged, this, &AnimationDialog::showEstimate);
    connect(m_speed, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        speed() = value;
        showEstimate();
    });
}

void AnimationDialog::build()
{
    auto* form = new QFormLayout(this);
    form->setContentsMargins(18, 16, 18, 14);
    form->setVerticalSpacing(9);
    form->addRow(m_iteration);
    form->addRow(m_training);
    auto* range = new QHBoxLayout(m_range);
    range->setContentsMargins(22, 0, 0, 0);
    range->setSpacing(8);
    const auto labelled = [&](const QString& text, QSpinBox* box) {
        auto* label = new QLabel(text, m_range);
        label->setBuddy(box);
        range->addWidget(label);
        range->addWidget(box);
    };
    labelled(tr("&from"), m_from);
    labelled(tr("t&o"), m_to);
    labelled(tr("a frame e&very"), m_every);
    range->addStretch(1);
    form->addRow(m_range);

    m_by->addItem(tr("A time step"), false);
    m_by->addItem(tr("An operation"), true);
    m_size->addItem(tr("As suits the picture"), QSize());
    for (const QSize size : {QSize(800, 450), QSize(1280, 720), QSize(1920, 1080)})
        m_size->addItem(tr("%1 × %2 pixels").arg(size.width()).arg(size.height()), size);
    m_format->addItem(tr("GIF that loops"), QStringLiteral("gif"));
    m_format->addItem(tr("Numbered PNG frames"), QStringLiteral("png"));
    m_speed->setRange(slowestFrames, fastestFrames);
    m_speed->setDecimals(1);
    m_speed->setSuffix(tr(" frames a second"));
    const auto row = [&](const QString& text, QWidget* field, const QString& name, const QString& tip) {
        form->addRow(text, field);
        field->setAccessibleName(name);
        field->setToolTip(tip);
    };
    row(tr("Vie&w:"), m_kind, tr("View"), tr("What the animation shows"));
    row(tr("A fra&me is:"), m_by, tr("A frame is"), tr("How far one frame is from the next"));
    row(tr("Si&ze:"), m_size, tr("Size"), tr("Of a frame, with its line of words"));
    row(tr("As:"), m_format, tr("File format"), tr("One file, or one for each frame"));
    row(tr("S&peed:"), m_speed, tr("Speed"), tr("Of the GIF"));
    form->addRow(m_estimate);
    m_estimate->setAccessibleName(tr("Estimate"));
    m_estimate->setWordWrap(true);
    m_estimate->setMinimumWidth(360);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_export = buttons->addButton(tr("&Export…"), QDialogButtonBox::AcceptRole);
    m_export->setDefault(true);
    for (QAbstractButton* button : buttons->buttons())
        button->setIcon(QIcon());
    connect(buttons, &QDialogButtonBox::accepted, this, &AnimationDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    form->addRow(buttons);
}

void AnimationDialog::restore(const QString& kind)
{
    const auto kept = [this](const char* name, const QVariant& otherwise) {
        return m_settings.value(QStringLiteral("animation/") + QLatin1String(name), otherwise);
    };
    const bool training = kept("training", false).toBool();
    (training ? m_training : m_iteration)->setChecked(true);
    // The range is this run's own.
    const Lane lane = m_now.empty() ? Lane() : m_now.lane();
    const std::int64_t trained = lane.frontier > 0 ? lane.frontier : lane.planned;
    const int last = static_cast<int>(std::clamp<std::int64_t>(trained, 1, furthestIteration));
    m_to->setValue(last);
    m_every->setValue(std::max(1, (last + 99) / 100)); // a hundred frames are some seconds
    select(m_by, kept("operations", false));
    select(m_format, kept("format", QStringLiteral("gif")));
    select(m_size, kept("size", QSize()));
    m_stepsASecond = kept("stepsPerSecond", usualFrames(false)).toDouble();
    m_framesASecond = kept("framesPerSecond", usualFrames(true)).toDouble();
    showChoices();
    select(m_kind, kept("kind", kind));
    showEstimate();
}

double& AnimationDialog::speed()
{
    return m_training->isChecked() ? m_framesASecond : m_stepsASecond;
}

void AnimationDialog::showChoices()
{
    const bool training = m_training->isChecked();
    m_range->setEnabled(training);
    m_by->setEnabled(!training);
    {
        const QSignalBlocker quiet(m_speed);
        m_speed->setValue(speed());
    }
    {
        const QSignalBlocker quiet(m_kind);
        const QVariant before = m_kind->currentData();
        m_kind->clear();
        for (const auto& [kind, title] : animatedKinds) {
            const QString id = QLatin1String(kind);
            if (training || followsSteps(id))
                m_kind->addItem(tr(title), id);
        }
        select(m_kind, before);
    }
    showEstimate();
}

AnimationRequest AnimationDialog::request() const
{
    AnimationRequest request;
    request.kind = m_kind->currentData().toString();
    request.training = m_training->isChecked();
    request.first = request.training ? m_from->value() : m_now.position.iteration;
    request.last = m_to->value();
    request.every = m_every->value();
    request.operations = m_by->currentData().toBool();
    request.loss = showsOneLoss(request.kind) ? m_now.pickedLoss : 0;
    request.framesPerSecond = m_speed->value();
    request.size = m_size->currentData().toSize();
    return request;
}

bool AnimationDialog::asGif() const
{
    return m_format->currentData() == QStringLiteral("gif");
}

void AnimationDialog::showEstimate()
{
    m_speed->setEnabled(asGif());
    const AnimationRequest wanted = request();
    const auto frames = frameCount(wanted, m_now.ticks.ticks(), m_now.ticks.partsPerIteration());
    QString problem;
    if (wanted.training && wanted.last < wanted.first)
        problem = tr("The last iteration comes before the first.");
    else if (frames > mostAnimationFrames)
        problem = tr("%1 frames are too many; at most %2. A frame every %3 iterations would do.")
                      .arg(count(frames), count(mostAnimationFrames),
                           count(wanted.every * frames / mostAnimationFrames + 1));
    m_export->setEnabled(problem.isEmpty());
    if (!problem.isEmpty())
        m_estimate->setText(problem);
    else if (asGif())
        m_estimate->setText(
            frames == 1 ? tr("1 frame")
                        : tr("%1 frames, %2 seconds")
                              .arg(count(frames),
                                   plainNumber(static_cast<double>(frames - 1) / wanted.framesPerSecond +
                                                   std::max(1 / wanted.framesPerSecond, lastFrameHold),
                                               1)));
    else
        m_estimate->setText(frames == 1 ? tr("1 file") : tr("%1 files").arg(count(frames)));
}

void AnimationDialog::accept()
{
    const AnimationRequest chosen = request();
    const auto keep = [this](const char* name, const QVariant& value) {
        m_settings.setValue(QStringLiteral("animation/") + QLatin1String(name), value);
    };
    keep("training", chosen.training);
    keep("kind", chosen.kind);
    keep("operations", chosen.operations);
    keep("stepsPerSecond", m_stepsASecond);
    keep("framesPerSecond", m_framesASecond);
    keep("size", chosen.size);
    keep("format", m_format->currentData());
    QDialog::accept();
}

} // namespace ui
