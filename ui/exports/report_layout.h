#pragma once

#include "ui/exports/picture.h"

#include <QFont>
#include <QStringList>
#include <vector>

namespace ui {

/// Sets blocks one below the other on A4 pages; a block is never torn apart. Lengths in device-independent
/// pixels.
class ReportLayout
{
public:
    ReportLayout();

    double width() const; ///< of the text

    void heading(const QString& text, double pixels);
    /// Words that fill as many lines as they need.
    void paragraph(const QString& text, double pixels, bool muted = false);
    /// A row of a table; the columns' widths are shares of the page's.
    void row(const QStringList& cells, const std::vector<double>& shares, bool head = false);
    /// A line in small type of fixed width, wrapped where it is too long.
    void code(const QString& line);
    /// Pictures side by side, all as high as the first, with the words that explain them beneath; a
    /// little smaller where they fit the page then.
    void figure(const std::vector<PaintFunction>& pictures, const QSize& size, const QString& words);
    /// Whether that figure, a little smaller perhaps, has room on this page.
    bool holdsFigure(std::size_t pictures, const QSize& size, const QString& words) const;
    /// Whether so many lines of code have.
    bool holdsCode(qsizetype lines) const;
    void space(double height);
    void newPage();

    /// All pages, each with `footer` and its number.
    std::vector<PaintFunction> pages(const QString& footer) const;

private:
    using BlockPainter = std::function<void(QPainter&, double top)>;
    struct Block
    {
        int page;
        double top;
        BlockPainter paint;
    };

    /// How a figure stands at this place of the page.
    struct Measured
    {
        double each;  ///< the room of one of its pictures
        double scale; ///< of them
        double around;
        bool fits; ///< what is left of the page
        QStringList lines;
    };
    Measured measured(std::size_t pictures, const QSize& size, const QString& words) const;

    /// `keep`: what must find room below it on the same page.
    void add(double height, BlockPainter paint, double keep = 0);

    std::vector<Block> m_blocks;
    int m_page = 0;
    double m_y;
};

} // namespace ui
