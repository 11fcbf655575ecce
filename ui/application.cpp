#include "ui/application.h"

#include "ui/desktop_scheme.h"
#include "ui/main_window.h"
#include "ui/paint/style.h"

#include <QApplication>
#include <QFileInfo>
#include <QIcon>
#include <QSettings>

namespace ui {

int runWindow(int& argc, char** argv, const unrolled::Experiment& experiment)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("unrolled"));
    QApplication::setOrganizationName(QStringLiteral("unrolled"));
    QApplication::setApplicationVersion(QStringLiteral(UNROLLED_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("unrolled"));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/unrolled.svg")));
    installStyle(application);
    QSettings settings;
    const int appearance = settings.value(QStringLiteral("window/appearance"), 0).toInt();
    applyAppearance(appearance == 1   ? Appearance::Light
                    : appearance == 2 ? Appearance::Dark
                                      : Appearance::System);
    const DesktopScheme scheme(settings);
    MainWindow window(settings);
    const QFileInfo file(QString::fromStdString(experiment.source));
    window.take(experiment, file.isFile() ? file.absoluteFilePath() : QString());
    window.session().wait(); // the first picture has something to show
    window.show();
    return QApplication::exec();
}

} // namespace ui
