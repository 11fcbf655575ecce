#pragma once

#include <QString>

namespace ui {

/// The one number format of the interface. Uses the true minus sign and never shows "-0.00".
/// Signed, two decimals, for states and weights in tight places: "+0.30", "−1.25"; large or tiny non-zero
/// values switch to scientific: "+1.2e5" is written "+1.2·10⁵".
QString signedNumber(double value, int decimals = 2);
/// Unsigned fixed, for probabilities and losses: "2.08".
QString plainNumber(double value, int decimals = 2);
/// A loss: two decimals, and two significant digits where those would say nothing: "2.08", "0.0028".
QString lossNumber(double value);
/// Three significant digits, for norms of any size: "1.13", "0.00370", "3.70·10⁻¹²", "0", "∞", "not a
/// number".
QString norm(double value);
/// The same of 10^log10, also where that leaves double's range: "3.21·10⁻⁴⁰⁰".
QString normOfLog(double log10);
/// A number that someone chose, such as a limit or the end of a scale: three digits at most, without zeros at
/// the end: "0.001", "5", "1·10⁻⁶".
QString chosenNumber(double value);
/// A factor: two digits, "0.41", and with a power of ten beyond 1/100 and 100: "4.0·10⁻⁴".
QString powerOfTen(double log10);
/// A number on a scale whose marks are `step` apart, with the digits that tell neighbours apart:
/// "2.18·10⁻¹²".
QString numberOnScale(double value, double step);
/// All digits that identify the double, for tooltips: "0.29312983645127".
QString exact(double value);
/// "12 345": grouped by thin spaces.
QString count(long long value);
/// "⁻¹²" of an integer, and "₁₂".
QString superscript(int value);
QString subscript(int value);

} // namespace ui
