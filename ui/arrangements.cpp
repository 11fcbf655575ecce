#include "ui/arrangements.h"

#include "ui/panels/buttons.h"
#include "ui/panels/part.h"
#include "ui/view_host.h"

#include <QApplication>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

QSplitter* makeSplitter(Qt::Orientation orientation, const char* name)
{
    auto* splitter = new QSplitter(orientation);
    splitter->setObjectName(QLatin1String(name));
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(1);
    return splitter;
}

QVBoxLayout* rowsOf(QWidget* widget)
{
    auto* rows = new QVBoxLayout(widget);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    return rows;
}

/// Gives the keys to a view that was chosen, unless a field or a button that stays on show has them.
void focusOn(QWidget* view, const QPointer<QWidget>& before)
{
    const bool kept =
        before && before->isVisible() && !before->isWindow() && !qobject_cast<const View*>(before.data());
    if (view && !kept)
        view->setFocus(Qt::OtherFocusReason);
}

/// One of these views at a time, under a row of tabs with their names or, where it is narrow, the short ones.
QWidget* tabbed(const ViewHost& views, const QStringList& ids, const QString& accessibleName, bool narrow)
{
    auto* whole = new QWidget;
    whole->setAutoFillBackground(true);
    QVBoxLayout* rows = rowsOf(whole);
    rows->setContentsMargins(0, 2, 0, 0);
    auto* tabs = new ChoiceRow(ChoiceRow::Look::Tabs, whole);
    tabs->setAccessibleName(accessibleName);
    auto* stack = new QStackedWidget(whole);
    for (const QString& id : ids) {
        View* view = views.find(id);
        tabs->addChoice(narrow ? view->shortTitle() : view->title(), view->title())
            ->setToolTip(Arrangements::tr("Show: %1").arg(view->title()));
        stack->addWidget(view);
    }
    tabs->layout()->setContentsMargins(10, 0, 0, 0);
    rows->addWidget(tabs);
    rows->addWidget(stack, 1);
    QObject::connect(tabs, &ChoiceRow::chosen, stack, [stack](int index) {
        const QPointer<QWidget> before = QApplication::focusWidget();
        stack->setCurrentIndex(index);
        focusOn(stack->currentWidget(), before);
    });
    return whole;
}

bool anyShown(const QSplitter* splitter)
{
    for (int i = 0; i < splitter->count(); ++i) {
        if (!splitter->widget(i)->isHidden())
            return true;
    }
    return false;
}

} // namespace

Arrangements::Arrangements(const ViewHost& views, QWidget* caption, QWidget* parent)
    : QStackedWidget(parent), m_caption(caption)
{
    buildStep(views);
    buildGradients(views);
    buildCompare(views);
    m_rows[Step]->addWidget(m_caption);
}

QStringList Arrangements::splitters()
{
    return {QStringLiteral("main"), QStringLiteral("left"), QStringLiteral("plots"), QStringLiteral("right"),
            QStringLiteral("gradientRows")};
}

void Arrangements::buildStep(const ViewHost& views)
{
    auto* middle = new QWidget;
    m_rows[Step] = rowsOf(middle);
    m_rows[Step]->addWidget(views.find(QStringLiteral("unrolled")), 1);

    m_plots = makeSplitter(Qt::Horizontal, "plots");
    for (const QString& id : {QStringLiteral("decay"), QStringLiteral("curve")})
        m_plots->addWidget(addPart(id, views.find(id)));
    m_plots->setStretchFactor(0, 1);
    m_plots->setStretchFactor(1, 1);
    m_left = makeSplitter(Qt::Vertical, "left");
    m_left->addWidget(middle);
    m_left->addWidget(m_plots);
    m_left->setStretchFactor(0, 3);
    m_left->setStretchFactor(1, 1);

    QWidget* states = tabbed(views,
                             {QStringLiteral("hidden"), QStringLiteral("gates"), QStringLiteral("weights"),
                              QStringLiteral("code")},
                             tr("What to show over time"), true);

    const auto* stack = states->findChild<QStackedWidget*>();
    const QWidget* code = views.find(QStringLiteral("code"));
    connect(stack, &QStackedWidget::currentChanged, this,
            [this, stack, code] { giveCodeRoom(stack->currentWidget() == code); });

    m_right = makeSplitter(Qt::Vertical, "right");
    m_right->addWidget(addPart(QStringLiteral("cell"), views.find(QStringLiteral("cell"))));
    m_right->addWidget(addPart(QStringLiteral("states"), tr("Hidden states, gates, weights"), states));
    m_right->setStretchFactor(0, 5);
    m_right->setStretchFactor(1, 3);

    m_main = makeSplitter(Qt::Horizontal, "main");
    m_main->addWidget(m_left);
    m_main->addWidget(m_right);
    m_main->setStretchFactor(0, 5);
    m_main->setStretchFactor(1, 2);
    addWidget(m_main);

    m_main->setSizes({918, 362});
    m_left->setSizes({432, 214});
    m_right->setSizes({430, 216});
    m_plots->setSizes({460, 458});
}

void Arrangements::buildGradients(const ViewHost& views)
{
    auto* column = new QWidget;
    m_rows[Gradients] = rowsOf(column);
    auto* rows = makeSplitter(Qt::Vertical, "gradientRows");
    rows->addWidget(views.find(QStringLiteral("triangle")));
    rows->addWidget(addPart(QStringLiteral("reach"), views.find(QStringLiteral("reach"))));
    const QString hops = tr("How gradients go from step to step");
    rows->addWidget(
        addPart(QStringLiteral("hops"), hops,
                tabbed(views, {QStringLiteral("hops"), QStringLiteral("ellipse"), QStringLiteral("updates")},
                       hops, false)));
    rows->setSizes({190, 160, 250});
    rows->setStretchFactor(0, 4);
    rows->setStretchFactor(1, 3);
    rows->setStretchFactor(2, 4);
    m_rows[Gradients]->addWidget(rows, 1);
    addWidget(column);
}

void Arrangements::buildCompare(const ViewHost& views)
{
    auto* column = new QWidget;
    m_rows[Compare] = rowsOf(column);
    m_compareRows = makeSplitter(Qt::Vertical, "compareRows");
    m_compareRows->addWidget(views.find(QStringLiteral("comparison")));
    m_compareRows->setStretchFactor(0, 1);
    m_rows[Compare]->addWidget(m_compareRows, 1);
    addWidget(column);
}

void Arrangements::choose(Which which)
{
    if (which == current())
        return;
    const bool captionShown = !m_caption->isHidden();
    m_rows[which]->addWidget(m_caption);
    m_caption->setVisible(captionShown);
    // The plots belong to two arrangements.
    if ((which == Compare) != (current() == Compare)) {
        const bool shown = !m_plots->isHidden();
        QSplitter* from = which == Compare ? m_left : m_compareRows;
        QSplitter* to = which == Compare ? m_compareRows : m_left;
        if (isVisible())
            m_rowSizes[from] = from->sizes();
        to->addWidget(m_plots);
        const int whole = std::max(height(), 400);
        to->setSizes(m_rowSizes.value(to, {whole * 46 / 100, whole * 54 / 100}));
        to->setStretchFactor(1, 1);
        m_plots->setVisible(shown);
    }
    setCurrentIndex(which);
}

void Arrangements::focusFirst(const QPointer<QWidget>& before)
{
    focusOn(currentWidget()->findChild<View*>(), before);
}

bool Arrangements::holds(const Part* part) const
{
    return currentWidget()->isAncestorOf(part);
}

Part* Arrangements::addPart(const QString& id, View* view)
{
    view->setCornerWidth(Part::cornerWidth);
    return addPart(id, view->title(), view);
}

Part* Arrangements::addPart(const QString& id, const QString& title, QWidget* content)
{
    auto* part = new Part(title, content);
    m_parts.insert(id, part);
    connect(part, &Part::placeChanged, this, &Arrangements::followParts);
    return part;
}

void Arrangements::followParts()
{
    m_plots->setVisible(anyShown(m_plots));
    hideRight(m_rightHidden);
}

void Arrangements::giveCodeRoom(bool wanted)
{
    if (wanted == m_codeHasRoom)
        return;
    m_rightSizes[m_codeHasRoom] = m_right->sizes();
    m_codeHasRoom = wanted;
    QList<int>& sizes = m_rightSizes[wanted];
    if (sizes.isEmpty()) {
        const int whole = m_right->sizes().at(0) + m_right->sizes().at(1);
        sizes = {whole * 46 / 100, whole * 54 / 100};
    }
    m_right->setSizes(sizes);
}

void Arrangements::hideRight(bool hidden)
{
    m_rightHidden = hidden;
    m_right->setVisible(!hidden && anyShown(m_right));
}

} // namespace ui
