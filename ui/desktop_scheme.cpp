#include "ui/desktop_scheme.h"

#include "ui/paint/style.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QSettings>

namespace ui {

namespace {

const QString service = QStringLiteral("org.freedesktop.portal.Desktop");
const QString path = QStringLiteral("/org/freedesktop/portal/desktop");
const QString interface = QStringLiteral("org.freedesktop.portal.Settings");
const QString space = QStringLiteral("org.freedesktop.appearance");
const QString key = QStringLiteral("color-scheme");
const QString remembered = QStringLiteral("window/desktopDark");
constexpr int prefersDark = 1;

} // namespace

DesktopScheme::DesktopScheme(QSettings& settings, QObject* parent) : QObject(parent), m_settings(settings)
{
    setDesktopDark(settings.value(remembered, false).toBool());
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(service, path, interface, QStringLiteral("SettingChanged"), this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage question = QDBusMessage::createMethodCall(service, path, interface, QStringLiteral("Read"));
    question << space << key;
    auto* answer = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
        const QDBusPendingReply<QDBusVariant> reply = *answer;
        if (!reply.isError())
            take(reply.value().variant());
        answer->deleteLater();
    });
}

void DesktopScheme::settingChanged(const QString& changedSpace, const QString& changedKey,
                                   const QDBusVariant& value)
{
    if (changedSpace == space && changedKey == key)
        take(value.variant());
}

void DesktopScheme::take(const QVariant& scheme)
{
    // Older portals wrap the answer twice.
    const QVariant inner =
        scheme.canConvert<QDBusVariant>() ? scheme.value<QDBusVariant>().variant() : scheme;
    const bool dark = inner.toInt() == prefersDark;
    m_settings.setValue(remembered, dark);
    setDesktopDark(dark);
}

} // namespace ui
