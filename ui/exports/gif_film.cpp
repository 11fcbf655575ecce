#include "ui/exports/gif_film.h"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace ui {

namespace {

constexpr QRgb colorBits = 0x00ffffff;
constexpr QRgb opaque = 0xff000000;
constexpr std::size_t mostColors = 255; // and one for what is transparent
constexpr int longestHold = 65535;

const QRgb* rowOf(const QImage& image, int y)
{
    return reinterpret_cast<const QRgb*>(image.constScanLine(y));
}

/// The smallest rectangle outside which two images of one size are equal; one pixel where they are.
QRect changedRect(const QImage& before, const QImage& now)
{
    const int width = now.width();
    int top = now.height();
    int bottom = -1;
    int left = width;
    int right = -1;
    for (int y = 0; y < now.height(); ++y) {
        const QRgb* a = rowOf(before, y);
        const QRgb* b = rowOf(now, y);
        const QRgb* first = std::mismatch(a, a + width, b).first;
        if (first == a + width)
            continue;
        int last = width - 1;
        while (a[last] == b[last])
            --last;
        top = std::min(top, y);
        bottom = y;
        left = std::min(left, static_cast<int>(first - a));
        right = std::max(right, last);
    }
    return bottom < 0 ? QRect(0, 0, 1, 1) : QRect(QPoint(left, top), QPoint(right, bottom));
}

[[noreturn]] void gifFailed(int error)
{
    const char* words = GifErrorString(error);
    throw std::runtime_error(words ? words : "giflib failed without telling why");
}

/// Writes through giflib into bytes.
class GifBytes
{
public:
    explicit GifBytes(QByteArray& bytes)
    {
        int error = 0;
        m_file = EGifOpen(&bytes, &GifBytes::take, &error);
        if (!m_file)
            gifFailed(error);
    }
    ~GifBytes()
    {
        if (m_file)
            EGifCloseFile(m_file, nullptr);
    }
    GifBytes(const GifBytes&) = delete;
    GifBytes& operator=(const GifBytes&) = delete;

    GifFileType* file() const { return m_file; }
    void must(int result) const
    {
        if (result != GIF_OK)
            gifFailed(m_file->Error);
    }
    void extension(int code, const std::vector<std::vector<GifByteType>>& blocks) const
    {
        must(EGifPutExtensionLeader(m_file, code));
        for (const auto& block : blocks)
            must(EGifPutExtensionBlock(m_file, static_cast<int>(block.size()), block.data()));
        must(EGifPutExtensionTrailer(m_file));
    }
    void close()
    {
        int error = 0;
        if (EGifCloseFile(std::exchange(m_file, nullptr), &error) != GIF_OK)
            gifFailed(error);
    }

private:
    static int take(GifFileType* file, const GifByteType* bytes, int count)
    {
        static_cast<QByteArray*>(file->UserData)->append(reinterpret_cast<const char*>(bytes), count);
        return count;
    }

    GifFileType* m_file;
};

} // namespace

GifFilm::GifFilm(const QSize& size) : m_size(size) {}

void GifFilm::add(const QImage& frame, int hundredths)
{
    const QImage now = frame.convertToFormat(QImage::Format_RGB32);
    if (now.size() != m_size)
        throw std::runtime_error("a frame of another size");
    const bool first = m_last.isNull();
    const QRect changed = first ? now.rect() : changedRect(m_last, now);
    QByteArray pixels;
    pixels.reserve(qsizetype(4) * changed.width() * changed.height());
    // Neighbours are mostly alike: they are counted together.
    QRgb run = 0;
    std::uint64_t length = 0;
    const auto endRun = [&] {
        if (length > 0)
            m_counts[run] += length;
        length = 0;
    };
    for (int y = changed.top(); y <= changed.bottom(); ++y) {
        const QRgb* colors = rowOf(now, y);
        const QRgb* before = first ? nullptr : rowOf(m_last, y);
        for (int x = changed.left(); x <= changed.right(); ++x) {
            const bool same = before && before[x] == colors[x];
            const QRgb color = colors[x] & colorBits;
            const QRgb stored = same ? 0 : color | opaque;
            pixels.append(reinterpret_cast<const char*>(&stored), sizeof stored);
            if (same)
                continue;
            if (length > 0 && color != run)
                endRun();
            run = color;
            ++length;
        }
    }
    endRun();
    m_frames.push_back({changed, qCompress(pixels, 1), std::clamp(hundredths, 0, longestHold)});
    m_last = now;
}

QByteArray GifFilm::encoded() const
{
    if (m_frames.empty())
        throw std::runtime_error("no frames");
    const std::vector<QRgb> table = colorTable(m_counts, mostColors);
    const int transparent = static_cast<int>(table.size());
    std::unordered_map<QRgb, GifPixelType> index;
    index.reserve(m_counts.size());
    for (const auto& [color, count] : m_counts)
        index.emplace(color, static_cast<GifPixelType>(nearestColor(table, color)));

    // giflib wants a power of two.
    const int entries = std::max(2, static_cast<int>(std::bit_ceil(table.size() + 1)));
    const std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)> map(GifMakeMapObject(entries, nullptr),
                                                                           &GifFreeMapObject);
    if (!map)
        throw std::bad_alloc();
    for (std::size_t i = 0; i < table.size(); ++i)
        map->Colors[i] = {static_cast<GifByteType>(qRed(table[i])),
                          static_cast<GifByteType>(qGreen(table[i])),
                          static_cast<GifByteType>(qBlue(table[i]))};

    QByteArray bytes;
    GifBytes gif(bytes);
    EGifSetGifVersion(gif.file(), true);
    gif.must(EGifPutScreenDesc(gif.file(), m_size.width(), m_size.height(), 8, 0, map.get()));
    static const std::string endless = "NETSCAPE2.0";
    gif.extension(APPLICATION_EXT_FUNC_CODE, {{endless.begin(), endless.end()}, {1, 0, 0}});
    std::vector<GifPixelType> line;
    for (const Frame& frame : m_frames) {
        const GraphicsControlBlock control{DISPOSE_DO_NOT, false, frame.hundredths, transparent};
        std::array<GifByteType, 4> block{};
        EGifGCBToExtension(&control, block.data());
        gif.must(EGifPutExtension(gif.file(), GRAPHICS_EXT_FUNC_CODE, static_cast<int>(block.size()),
                                  block.data()));
        const QRect& at = frame.changed;
        gif.must(EGifPutImageDesc(gif.file(), at.left(), at.top(), at.width(), at.height(), false, nullptr));
        const QByteArray pixels = qUncompress(frame.pixels);
        const auto* color = reinterpret_cast<const QRgb*>(pixels.constData());
        line.resize(static_cast<std::size_t>(at.width()));
        for (int y = 0; y < at.height(); ++y) {
            for (GifPixelType& pixel : line) {
                pixel = qAlpha(*color) == 0 ? static_cast<GifPixelType>(transparent)
                                            : index.at(*color & colorBits);
                ++color;
            }
            gif.must(EGifPutLine(gif.file(), line.data(), at.width()));
        }
    }
    gif.close();
    return bytes;
}

} // namespace ui
