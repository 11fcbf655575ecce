#pragma once

#include "core/training/error.h"

#include <QString>

/// The message of the InputError that a call throws; empty where it throws none.
template<typename Call>
QString thrown(Call call)
{
    try {
        call();
    } catch (const unrolled::InputError& error) {
        return QString::fromStdString(error.what());
    }
    return {};
}
