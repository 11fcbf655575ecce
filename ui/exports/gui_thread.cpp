#include "ui/exports/gui_thread.h"

#include <QCoreApplication>
#include <QThread>

#include <exception>

namespace ui {

void inGuiThread(const std::function<void()>& work)
{
    QCoreApplication* application = QCoreApplication::instance();
    if (!application || QThread::currentThread() == application->thread())
        return work();
    std::exception_ptr problem;
    QMetaObject::invokeMethod(
        application,
        [&] {
            try {
                work();
            } catch (...) {
                problem = std::current_exception();
            }
        },
        Qt::BlockingQueuedConnection);
    if (problem)
        std::rethrow_exception(problem);
}

} // namespace ui
