#include "agent/pointer_grid.h"

#include "core/error.h"

#include <algorithm>

namespace atl::agent {

PointerGrid::PointerGrid(const PolicyContract& contract) {
  if (!contract.has_pointer()) return;
  if (contract.pointer_cells < 1 || kPatchPixels % contract.pointer_cells != 0) {
    fail(ErrorKind::kContract,
         "pointer_cells = {}, expected 1, 2, 4 or 8: so many places lie side by side in a patch of {} px",
         contract.pointer_cells, kPatchPixels);
  }
  frame_ = contract.frame_size();
  grid_ = patch_grid(frame_);
  cells_ = contract.pointer_cells;
  side_px_ = kPatchPixels / cells_;
}

int PointerGrid::class_of(const std::optional<PointerPosition>& position) const {
  if (!position || side_px_ == 0) return kStays;
  const auto cell_of = [&](std::int32_t at, int length_px, int patches) {
    return std::clamp(at, 0, std::min(length_px, patches * kPatchPixels) - 1) / side_px_;
  };
  const int x = cell_of(position->x_px, frame_.width_px, grid_.columns);
  const int y = cell_of(position->y_px, frame_.height_px, grid_.rows);
  const int patch = y / cells_ * grid_.columns + x / cells_;
  return 1 + patch * num_cells() + y % cells_ * cells_ + x % cells_;
}

std::optional<PointerPosition> PointerGrid::position_of(int place) const {
  if (place == kStays) return std::nullopt;
  ATOLL_CHECK(place > 0 && place < num_classes(), "pointer class {}, expected 0 to {}", place, num_classes() - 1);
  const int patch = (place - 1) / num_cells();
  const int cell = (place - 1) % num_cells();
  const auto middle_of = [&](int at_patch, int at_cell, int length_px) {
    return std::min(at_patch * kPatchPixels + at_cell * side_px_ + side_px_ / 2, length_px - 1);
  };
  return PointerPosition{middle_of(patch % grid_.columns, cell % cells_, frame_.width_px),
                         middle_of(patch / grid_.columns, cell / cells_, frame_.height_px)};
}

int PointerGrid::mirrored(int place) const {
  std::optional<PointerPosition> position = position_of(place);
  if (position) position->x_px = frame_.width_px - 1 - position->x_px;
  return class_of(position);
}

int PointerGrid::moved(int place, int dx_px, int dy_px) const {
  std::optional<PointerPosition> position = position_of(place);
  if (position) *position = {position->x_px + dx_px, position->y_px + dy_px};
  return class_of(position);
}

}  // namespace atl::agent
