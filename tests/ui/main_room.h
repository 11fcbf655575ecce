#pragma once

#include "tests/ui/fields.h"
#include "tests/ui/room.h"

/// A window with its place in the run and its controls by name.
class MainRoom : public Room
{
public:
    void goTo(const unrolled::Position& position)
    {
        window->playback().setPosition(position);
        settle();
    }
    unrolled::Position here() const { return window->playback().position(); }
    unrolled::Position shown() const { return window->playback().frame().position; }
    template<typename T>
    T* named(const QString& accessibleName) const
    {
        return ::named<T>(*window, accessibleName);
    }
};
