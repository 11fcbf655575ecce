#pragma once

#include "core/files/comparison.h"
#include "core/trace/history.h"
#include "ui/exports/plot.h"
#include "ui/session/lane_name.h"

#include <QFile>
#include <QImage>
#include <QRegularExpression>
#include <QTransform>
#include <QXmlStreamReader>
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace ui {

/// The run of an experiment in one or three lanes.
struct Run
{
    std::vector<std::unique_ptr<unrolled::History>> histories;
    std::vector<PlotLane> lanes;

    /// The models of an experiment.
    void add(const unrolled::Experiment& whole)
    {
        for (const unrolled::LaneExperiment& lane : unrolled::lanesOf(whole))
            add(laneName(lane), lane.experiment);
    }
    void add(const QString& name, const unrolled::Experiment& experiment)
    {
        histories.push_back(std::make_unique<unrolled::History>(experiment));
        lanes.push_back({name, histories.back().get()});
    }
};

inline QByteArray contents(const QString& file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

inline std::vector<double> numbers(QStringView text)
{
    static const QRegularExpression number(QStringLiteral("-?\\d+\\.?\\d*(?:[eE][-+]?\\d+)?"));
    std::vector<double> result;
    auto found = number.globalMatch(text.toString());
    while (found.hasNext())
        result.push_back(found.next().captured().toDouble());
    return result;
}

/// All points that an element of an SVG names.
inline std::vector<QPointF> points(QStringView name, const QXmlStreamAttributes& attributes)
{
    const auto value = [&](const char* key) { return attributes.value(QLatin1String(key)).toDouble(); };
    std::vector<QPointF> result;
    if (name == QLatin1String("rect")) {
        result.push_back({value("x"), value("y")});
        result.push_back({value("x") + value("width"), value("y") + value("height")});
    } else if (name == QLatin1String("text")) {
        result.push_back({value("x"), value("y")});
    } else if (name == QLatin1String("line")) {
        result.push_back({value("x1"), value("y1")});
        result.push_back({value("x2"), value("y2")});
    } else if (name == QLatin1String("circle") || name == QLatin1String("ellipse")) {
        result.push_back({value("cx"), value("cy")});
    } else if (name == QLatin1String("polyline") || name == QLatin1String("polygon") ||
               name == QLatin1String("path")) {
        const bool path = name == QLatin1String("path");
        const auto all = numbers(attributes.value(QLatin1String(path ? "d" : "points")));
        for (std::size_t i = 0; i + 1 < all.size(); i += 2)
            result.push_back({all[i], all[i + 1]});
    }
    return result;
}

/// The first point that leaves the view box by more than a pixel or two, in words; empty where none does.
inline QString outside(const QByteArray& svg)
{
    QXmlStreamReader xml(svg);
    std::vector<QTransform> transforms{QTransform()};
    QRectF box;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isEndElement())
            transforms.pop_back();
        if (!xml.isStartElement())
            continue;
        QTransform own = transforms.back();
        const auto matrix = numbers(xml.attributes().value(QLatin1String("transform")));
        if (matrix.size() == 6)
            own = QTransform(matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]) * own;
        transforms.push_back(own);
        if (xml.name() == QLatin1String("svg")) {
            const auto view = numbers(xml.attributes().value(QLatin1String("viewBox")));
            box = QRectF(view[0], view[1], view[2], view[3]).adjusted(-2, -2, 2, 2);
        }
        for (const QPointF& point : points(xml.name(), xml.attributes())) {
            const QPointF at = own.map(point);
            if (!box.contains(at))
                return QStringLiteral("%1 at (%2, %3)").arg(xml.name().toString()).arg(at.x()).arg(at.y());
        }
    }
    return xml.hasError() ? xml.errorString() : QString();
}

/// The heights of all texts of an SVG, in pixels of a picture that is 900 wide, from the smallest on.
inline std::vector<double> textHeights(const QByteArray& svg)
{
    QXmlStreamReader xml(svg);
    std::vector<double> scales{1};
    std::vector<double> result;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isEndElement())
            scales.pop_back();
        if (!xml.isStartElement())
            continue;
        const auto attribute = [&](const char* name) { return xml.attributes().value(QLatin1String(name)); };
        const auto matrix = numbers(attribute("transform"));
        scales.push_back(scales.back() * (matrix.size() == 6 ? std::hypot(matrix[0], matrix[1]) : 1));
        if (xml.name() == QLatin1String("svg"))
            scales.back() = 900 / numbers(attribute("viewBox"))[2];
        if (xml.name() == QLatin1String("text"))
            result.push_back(scales.back() * attribute("font-size").toDouble());
    }
    std::sort(result.begin(), result.end());
    return result;
}

/// An element of an SVG with the colours that its group gives it.
struct Element
{
    QString name;
    QString fill;
    QString stroke;
    std::vector<QPointF> points;
    QString text;
};

inline std::vector<Element> elements(const QByteArray& svg)
{
    QXmlStreamReader xml(svg);
    std::vector<Element> result;
    QString fill;
    QString stroke;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isCharacters() && !result.empty() && result.back().name == QLatin1String("text"))
            result.back().text += xml.text();
        if (!xml.isStartElement())
            continue;
        if (xml.name() == QLatin1String("g")) {
            fill = xml.attributes().value(QLatin1String("fill")).toString();
            stroke = xml.attributes().value(QLatin1String("stroke")).toString();
        }
        result.push_back({xml.name().toString(), fill, stroke, points(xml.name(), xml.attributes()), {}});
    }
    return result;
}

/// The most rows of one colour, together.
inline int widestBand(const QImage& image)
{
    int widest = 0;
    int rows = 0;
    for (int y = 0; y < image.height(); ++y) {
        const QImage row = image.copy(16, y, image.width() - 32, 1);
        QImage plain(row.size(), row.format());
        plain.fill(row.pixelColor(0, 0));
        rows = row == plain ? rows + 1 : 0;
        widest = std::max(widest, rows);
    }
    return widest;
}

inline QString words(const QByteArray& svg)
{
    QString all;
    for (const Element& element : elements(svg))
        all += element.text + QLatin1Char('\n');
    return all;
}

} // namespace ui
