#pragma once

#include <functional>

namespace ui {

/// Does it in the GUI thread, where widgets live, and waits for it; at once where this is that thread, which
/// else must be serving its events. What it throws is thrown here.
void inGuiThread(const std::function<void()>& work);

} // namespace ui
