#include "ui/work_aside.h"

#include "core/gradients/cancelled.h"

#include <QApplication>
#include <QProgressDialog>
#include <QTimer>

#include <atomic>
#include <future>

namespace ui {

namespace {

constexpr int lookEvery = 30; // ms, at how far the work is
constexpr double unknownShare = -1;

} // namespace

bool workAside(QWidget& window, const std::function<QString(double share)>& words,
               const std::function<bool(const ExportProgress&)>& work)
{
    QProgressDialog waiting(words(unknownShare), QProgressDialog::tr("Cancel"), 0, 1000, &window);
    waiting.setWindowModality(Qt::ApplicationModal);
    waiting.setMinimumDuration(400);
    waiting.setAutoClose(false);
    waiting.setAutoReset(false);
    std::atomic<bool> wanted{true};
    std::atomic<double> done{unknownShare};
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &waiting, [&] {
        const double share = done;
        waiting.setLabelText(words(share));
        waiting.setMaximum(share < 0 ? 0 : 1000); // with nothing to come up to it just shows that it works
        waiting.setValue(share < 0 ? 0 : static_cast<int>(share * 1000));
        wanted = wanted && !waiting.wasCanceled();
    });
    look.start(lookEvery);
    const auto progress = [&](double share) {
        done = share;
        return wanted.load();
    };
    std::future<bool> running = std::async(std::launch::async, [&] {
        try {
            return work(progress);
        } catch (const unrolled::Cancelled&) {
            return false;
        }
    });
    while (running.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    return running.get();
}

} // namespace ui
