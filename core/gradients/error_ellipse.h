#pragma once

#include "core/gradients/cancelled.h"
#include "core/gradients/scaled_columns.h"
#include "core/trace/iteration_trace.h"

#include <Eigen/Core>
#include <vector>

namespace unrolled {

/// Which state of a layer an error is told by.
enum class ErrorState { Hidden, Cell };

/// The unit circle of errors at step s, pushed back through time: its images under A_t = (∂h_s/∂h_t)ᵀ, or
/// (∂c_s/∂c_t)ᵀ in full, t = s … 1. What the layer reads at each step is held, as in JacobianAt.
///
/// The circle lies in one plane V (H × 2, orthonormal). For H = 2 it is the whole plane, V = I; for H = 1 the
/// circle is the two points ±1. For H > 2 it is the plane that reaches furthest: the two leading right
/// singular vectors of A_r, r = `reach`; so at r the semi-axes are the two largest singular values of A_r.
///
/// Its image is an ellipse, A_t V = F_t · axes · diag(major, minor) · fromᵀ. It is told in its own plane, so
/// that sizes and shapes are true ones: F_t (H × 2, orthonormal) spans it, F_s = V, and F_t is of all bases
/// of the plane the nearest to F_{t+1} (the polar factor of the projection: orthogonal Procrustes problem,
/// Schönemann 1966). So no more turns in F_t than has to, and `tilt` tells what F_t leaves out: by how much
/// the plane itself has tilted in H dimensions. For H = 2 F_t = I and tilt = 0 throughout.
struct ErrorEllipse
{
    struct Step
    {
        ScaledNumber major; ///< semi-axes; NaN from where on numbers are not finite
        ScaledNumber minor; ///< 0 where H = 1
        Eigen::Matrix2d axes = Eigen::Matrix2d::Identity(); ///< columns: their unit directions in F_t
        Eigen::Matrix2d from = Eigen::Matrix2d::Identity(); ///< columns: the unit errors in V they come from
        double tilt = 0; ///< the larger principal angle between the planes at t+1 and t, radians
    };
    Eigen::MatrixXd plane;   ///< V; H × 2, 1 × 1 for H = 1
    int reach = 1;           ///< the first step that anything reaches; zero before it
    std::vector<Step> steps; ///< t from 1 at index t-1, up to s

    const Step& at(int t) const { return steps.at(static_cast<std::size_t>(t - 1)); }
};

/// Of layer `layer` (from 0) and step s (from 1). By subspace iteration with eight directions, orthogonalised
/// at each hop, until the leading values settle to twelve digits. Throws Cancelled where `goOn` says no.
ErrorEllipse errorEllipse(const IterationTrace& trace, int layer, int s,
                          ErrorState state = ErrorState::Hidden, const GoOn& goOn = {});

} // namespace unrolled
