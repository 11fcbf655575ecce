#include "ui/paint/palette.h"

#include "ui/paint/style.h"

#include <QPalette>

#include <algorithm>
#include <array>
#include <cmath>

namespace ui {

namespace {

constexpr int scaleSteps = 256; // on each side of zero

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double encoded(double channel)
{
    return channel <= 0.0031308 ? channel * 12.92 : 1.055 * std::pow(channel, 1 / 2.4) - 0.055;
}

double luminance(const QColor& color)
{
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

/// A colour in OKLab, where equal distances look equal (Ottosson 2020).
using Lab = std::array<double, 3>;

Lab toLab(const QColor& color)
{
    const double r = linear(color.redF());
    const double g = linear(color.greenF());
    const double b = linear(color.blueF());
    const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

QColor fromLab(const Lab& lab)
{
    const double l = std::pow(lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2], 3);
    const double m = std::pow(lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2], 3);
    const double s = std::pow(lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2], 3);
    const auto channel = [](double value) {
        return static_cast<float>(std::clamp(encoded(value), 0.0, 1.0));
    };
    return QColor::fromRgbF(channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                            channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                            channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
}

/// The anchors of one diverging scale; the lightness runs evenly from the neutral tone to both ends.
struct Anchors
{
    QColor low, lowMiddle, neutral, highMiddle, high;
};

class Scale
{
public:
    explicit Scale(const Anchors& anchors)
    {
        for (int i = 0; i <= scaleSteps; ++i) {
            const double share = static_cast<double>(i) / scaleSteps;
            m_colors[static_cast<std::size_t>(scaleSteps - i)] =
                between(anchors.neutral, anchors.lowMiddle, anchors.low, share);
            m_colors[static_cast<std::size_t>(scaleSteps + i)] =
                between(anchors.neutral, anchors.highMiddle, anchors.high, share);
        }
    }

    const QColor& at(double value) const
    {
        const double clamped = std::isnan(value) ? 0.0 : std::clamp(value, -1.0, 1.0);
        return m_colors[static_cast<std::size_t>(std::lround((clamped + 1) * scaleSteps))];
    }

private:
    static QColor between(const QColor& neutral, const QColor& middle, const QColor& end, double share)
    {
        const Lab from = toLab(share < 0.5 ? neutral : middle);
        const Lab to = toLab(share < 0.5 ? middle : end);
        const double part = share < 0.5 ? share * 2 : share * 2 - 1;
        Lab mixed;
        for (std::size_t i = 0; i < mixed.size(); ++i)
            mixed[i] = from[i] + (to[i] - from[i]) * part;
        return fromLab(mixed);
    }

    std::array<QColor, 2 * scaleSteps + 1> m_colors;
};

} // namespace

const Palette& lightPalette()
{
    static const Palette palette{
        .dark = false,
        .background = QColor(0xff, 0xff, 0xff),
        .panel = QColor(0xf5, 0xf7, 0xfa),
        .line = QColor(0xd5, 0xda, 0xe1),
        .track = QColor(0xed, 0xef, 0xf3),
        .text = QColor(0x1c, 0x25, 0x30),
        .muted = QColor(0x5f, 0x6b, 0x78),
        .faint = QColor(0xc3, 0xca, 0xd3),
        .forward = QColor(0x1b, 0x69, 0xae),
        .forwardSoft = QColor(0xe6, 0xf0, 0xfa),
        .backward = QColor(0xb3, 0x4d, 0x00),
        .backwardSoft = QColor(0xfd, 0xf0, 0xe3),
        .right = QColor(0x1f, 0x7a, 0x3a),
        .wrong = QColor(0xb3, 0x20, 0x2f),
        .neutralBar = QColor(0x85, 0x91, 0xa0),
        .series = {QColor(0x00, 0x72, 0xb2), QColor(0x00, 0x7d, 0x5d), QColor(0xa5, 0x4e, 0x88),
                   QColor(0x94, 0x66, 0x00)},
    };
    return palette;
}

const Palette& darkPalette()
{
    static const Palette palette{
        .dark = true,
        .background = QColor(0x14, 0x18, 0x1e),
        .panel = QColor(0x1b, 0x21, 0x29),
        .line = QColor(0x39, 0x42, 0x4e),
        .track = QColor(0x25, 0x2c, 0x36),
        .text = QColor(0xe4, 0xe8, 0xee),
        .muted = QColor(0x97, 0xa3, 0xb2),
        .faint = QColor(0x4a, 0x55, 0x63),
        .forward = QColor(0x6c, 0xb0, 0xf0),
        .forwardSoft = QColor(0x1a, 0x2c, 0x40),
        .backward = QColor(0xf5, 0x9a, 0x4a),
        .backwardSoft = QColor(0x38, 0x27, 0x1a),
        .right = QColor(0x5c, 0xc4, 0x7c),
        .wrong = QColor(0xf5, 0x80, 0x8a),
        .neutralBar = QColor(0x6f, 0x7c, 0x8c),
        .series = {QColor(0x6c, 0xb0, 0xf0), QColor(0x3c, 0xc9, 0xa0), QColor(0xe2, 0x94, 0xc6),
                   QColor(0xe8, 0xb8, 0x4a)},
    };
    return palette;
}

const Palette& projectorPalette()
{
    static const Palette palette{
        .dark = false,
        .background = QColor(0xff, 0xff, 0xff),
        .panel = QColor(0xff, 0xff, 0xff),
        .line = QColor(0x8c, 0x96, 0xa3),
        .track = QColor(0xdd, 0xe2, 0xe8),
        .text = QColor(0x00, 0x00, 0x00),
        .muted = QColor(0x33, 0x3c, 0x47),
        .faint = QColor(0x9a, 0xa4, 0xb0),
        .forward = QColor(0x00, 0x50, 0x9e),
        .forwardSoft = QColor(0xdb, 0xeb, 0xfb),
        .backward = QColor(0xa3, 0x3c, 0x00),
        .backwardSoft = QColor(0xff, 0xe6, 0xcc),
        .right = QColor(0x00, 0x6b, 0x50), // bluish green against purple (Okabe & Ito)
        .wrong = QColor(0xa8, 0x00, 0x5c),
        .neutralBar = QColor(0x6a, 0x75, 0x83),
        .series = {QColor(0x00, 0x50, 0x9e), QColor(0x00, 0x6b, 0x50), QColor(0x96, 0x2d, 0x73),
                   QColor(0x7a, 0x52, 0x00)},
    };
    return palette;
}

const Palette& paletteFor(const QPalette& palette)
{
    const Palette& projector = projectorPalette();
    if (palette.color(QPalette::Active, QPalette::Window) == projector.panel &&
        palette.color(QPalette::Active, QPalette::WindowText) == projector.text)
        return projector;
    return luminance(palette.color(QPalette::Active, QPalette::Window)) < 0.2 ? darkPalette()
                                                                              : lightPalette();
}

QColor diverging(const Palette& palette, double value)
{
    // ColorBrewer's RdBu, turned round so that red is positive; on dark ground the ends are the light
    // colours.
    static const Scale light({.low = QColor(0x1f, 0x5f, 0xa8),
                              .lowMiddle = QColor(0x86, 0xb5, 0xd9),
                              .neutral = QColor(0xf3, 0xf4, 0xf6),
                              .highMiddle = QColor(0xee, 0x99, 0x84),
                              .high = QColor(0xb2, 0x18, 0x2b)});
    static const Scale dark({.low = QColor(0x8c, 0xc6, 0xff),
                             .lowMiddle = QColor(0x3d, 0x76, 0xb0),
                             .neutral = QColor(0x22, 0x29, 0x32),
                             .highMiddle = QColor(0xb2, 0x4a, 0x4c),
                             .high = QColor(0xff, 0xa0, 0x96)});
    return (palette.dark ? dark : light).at(value);
}

QColor magnitude(const Palette& palette, double share)
{
    // From almost the ground to its opposite, by way of the orange of gradients.
    static constexpr QRgb light[] = {0xfff7e4, 0xfdd096, 0xf18c3c, 0xb4460f, 0x461405};
    static constexpr QRgb dark[] = {0x33241c, 0x6e3413, 0xb85a1b, 0xf0a050, 0xfff0cc};
    const auto& stops = palette.dark ? dark : light;
    const double at = std::clamp(std::isnan(share) ? 0.0 : share, 0.0, 1.0) * 4;
    const int low = std::min(3, static_cast<int>(at));
    const double part = at - low;
    const auto mix = [part](int a, int b) { return static_cast<int>(std::lround(a + part * (b - a))); };
    return {mix(qRed(stops[low]), qRed(stops[low + 1])), mix(qGreen(stops[low]), qGreen(stops[low + 1])),
            mix(qBlue(stops[low]), qBlue(stops[low + 1]))};
}

double gradientShare(double log10)
{
    if (!(log10 >= floorExponent))
        return -1;
    return std::min(1.0, (log10 - floorExponent) / (ceilingExponent - floorExponent));
}

QColor textOn(const QColor& background)
{
    // Where black and white have the same contrast: (L + 0.05)^2 = 1.05 * 0.05 (WCAG 2).
    return luminance(background) > 0.179 ? QColor(Qt::black) : QColor(Qt::white);
}

} // namespace ui
