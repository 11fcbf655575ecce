#pragma once

#include "ui/paint/palette.h"
#include "ui/views/view.h"

#include <QFont>

#include <memory>
#include <string>
#include <vector>

namespace unrolled {
struct Analyses;
}

namespace ui {

class FilmExtent;

/// What a legend says about one curve.
struct LegendEntry
{
    enum class Marker { None, Disc, Square, Triangle, Diamond, Band };

    QString math; ///< in the notation of math_text.h
    QColor color;
    Qt::PenStyle style = Qt::SolidLine;
    double width = 2;
    Marker marker = Marker::None;
    bool hollow = false;
};

/// A view with a head: its name, its legend and its switches, above a body. The head is painted, the switches
/// are widgets that pictures leave out.
class PaneView : public View
{
    Q_OBJECT
public:
    explicit PaneView(QWidget* parent = nullptr);

    /// Whether the name is written above the picture; pictures for export always have it.
    bool heading() const { return m_heading; }
    void setHeading(bool heading);

    /// How much larger its text is than the window's.
    double growth() const { return m_growth; }

    /// Shares its axes and the room of its head with the other pictures of a film.
    void setFilm(const std::shared_ptr<FilmExtent>& film) { m_film = film; }

    void paintTo(QPainter& painter, const QSize& size) override;
    QSize sizeHint() const override { return {460, 190}; }
    QSize minimumSizeHint() const override { return {160, 90}; }

protected:
    /// What stands in its switches, and how large its text is.
    void standAs(const View& other) override;
    const Palette& colors() const { return paletteFor(palette()); }
    /// The widget's font in pixels, so that screen, picture and print agree; `scale` of its size. It grows
    /// with the room on screen.
    QFont textFont(double scale = 1) const;
    QFont smallFont() const { return textFont(0.88); }

    /// The name as it stands above the picture: it may tell more than the title, which stands in its place
    /// where it is narrow.
    virtual QString headline() const { return title(); }
    /// Whether it shows the picked layer alone.
    virtual bool showsLayer() const { return false; }
    /// The name as it stands above an exported picture; says which iteration it shows, and which layer.
    virtual QString caption() const;
    /// The largest that any picture of this model in the film asked for under a name; `own` where there is
    /// none.
    double inFilm(const std::string& name, double own) const;
    /// The same as mathematics, of a caption that names any; else empty.
    virtual QString mathCaption() const { return {}; }
    /// Puts a switch at the right end of the head. The caller made it a child.
    void addSwitch(QWidget* widget);
    virtual std::vector<LegendEntry> legend() const { return {}; }
    /// Something else than curves in the legend's place; returns the width used. With a null painter it only
    /// measures.
    virtual double paintLegend(QPainter* painter, const QRectF& line) const;
    /// What there is to say of analyses that are not, or not yet, those of the frame's trace: that they are
    /// under way, and of which iteration the ones on show are. Empty where they are the frame's own.
    QString waitingWords(const unrolled::Analyses* shown) const;
    /// A remark under the legend; empty most of the time.
    virtual QString remark() const { return {}; }
    /// What a figure says besides.
    virtual QString printedRemark() const { return {}; }
    /// What one can do, in its place where there is none; not in figures.
    virtual QString hint() const { return {}; }
    virtual void paintBody(QPainter& painter, const QRectF& body) = 0;
    /// The palette or the font changed.
    virtual void restyle() {}
    /// The body moved.
    virtual void bodyChanged(const QRect& body) { Q_UNUSED(body) }

    QRect body() const { return m_body; }
    void frameChanged() override;
    void relayout();

    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    /// Paints the head into this width, or measures it where there is no painter; returns its height.
    double head(QPainter* painter, double width, double switches, const QString& heading,
                int remarkLines = 1) const;
    QString changesSoFar() const; ///< the interventions of the lane in front, in words
    void shareGrowth();
    double switchesWidth() const;
    double lineHeight() const;
    int switchHeight() const; ///< at most

    bool m_heading = true;
    bool m_focusRing = false;
    double m_growth = 1;
    std::shared_ptr<FilmExtent> m_film;
    std::vector<QWidget*> m_switches;
    QRect m_body;
};

} // namespace ui
