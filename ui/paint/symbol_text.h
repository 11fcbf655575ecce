#pragma once

#include <QString>

#include <string>

namespace ui {

/// A symbol of a vocabulary as it can be seen: a space is "␣", a line end "↵", a tab "⇥", other control
/// characters are their pictures, a lone combining mark stands on a dotted circle.
QString visibleSymbol(const std::string& utf8);
/// A symbol in words, for screen readers: "space", "line end", "e".
QString spokenSymbol(const std::string& utf8);

/// The symbol of a block of parameters on one line, without its layer: "W_hh" of "W_{hh}^{(2)}".
QString plainSymbol(const std::string& symbol);

} // namespace ui
