#pragma once

namespace unrolled {

/// A state that is moved a little once it has been computed: what follows from it follows from the moved one
/// (h_t from c_t, too). The derivative of L by `offset`, at 0, is ∂L/∂h_t, or ∂L/∂c_t.
struct StateShift
{
    bool cell = false; ///< c of an LSTM instead of h
    int layer = 0;     ///< from 0
    int t = 1;         ///< from 1, of the steps that the sequence takes
    int unit = 0;      ///< from 0
    int sequence = 0;  ///< of the batch, from 0
    double offset = 0;
};

} // namespace unrolled
