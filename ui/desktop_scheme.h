#pragma once

#include <QObject>

class QDBusVariant;
class QSettings;

namespace ui {

/// Whether the desktop prefers dark, as it tells through the desktop portal (org.freedesktop.appearance):
/// Qt 6.4 does not ask for it. The answer comes later than the first window, so the last one is remembered.
class DesktopScheme : public QObject
{
    Q_OBJECT
public:
    explicit DesktopScheme(QSettings& settings, QObject* parent = nullptr);

private slots:
    void settingChanged(const QString& space, const QString& key, const QDBusVariant& value);

private:
    void take(const QVariant& scheme);

    QSettings& m_settings;
};

} // namespace ui
