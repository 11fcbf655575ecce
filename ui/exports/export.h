#pragma once

#include <QCoreApplication>

namespace ui {

/// The words on exported pictures.
struct Export
{
    Q_DECLARE_TR_FUNCTIONS(ui::Export)
};

} // namespace ui
