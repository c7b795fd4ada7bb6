// The places that a policy may set the pointer to: patches of its picture, each divided into cells, and "it stays where
// it is". Positions here are pixels of a picture of the contract's size; a window's are scaled to them (core/action.h).
// Immutable: any thread.
#pragma once

#include "agent/patch_grid.h"
#include "core/action.h"
#include "core/contract.h"

#include <optional>

namespace atl::agent {

class PointerGrid {
 public:
  /// The class of a step in which the pointer is not set; 1 and up are cells, patch by patch, row by row in each.
  static constexpr int kStays = 0;

  /// Of a contract without pointer: no classes at all.
  PointerGrid() = default;
  /// Throws Error(kContract) for cells that do not divide a patch.
  explicit PointerGrid(const PolicyContract& contract);

  [[nodiscard]] int num_classes() const { return side_px_ == 0 ? 0 : 1 + grid_.num_patches() * num_cells(); }
  /// The contract's.
  [[nodiscard]] FrameSize frame() const { return frame_; }
  /// Of one patch.
  [[nodiscard]] int num_cells() const { return cells_ * cells_; }

  /// Positions outside of the picture are those at its edge.
  [[nodiscard]] int class_of(const std::optional<PointerPosition>& position) const;
  /// The middle of a cell. Patches may reach beyond the right and lower edge; their cells there stand for the edge.
  [[nodiscard]] std::optional<PointerPosition> position_of(int place) const;

  /// Of the same picture in a mirror, and of one that is moved to the right and down by so many pixels.
  [[nodiscard]] int mirrored(int place) const;
  [[nodiscard]] int moved(int place, int dx_px, int dy_px) const;

 private:
  FrameSize frame_;
  PatchGrid grid_;
  int cells_ = 0;    // of a patch's side
  int side_px_ = 0;  // of a cell; 0: no pointer
};

}  // namespace atl::agent
