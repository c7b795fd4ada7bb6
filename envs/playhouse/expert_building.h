// The part of an expert that builds with blocks: where, and which of them next.
#pragma once

#include "envs/playhouse/expert_hands.h"

#include <vector>

namespace atl::envs::playhouse {

class Builder : protected Handler {
 protected:
  using Handler::Handler;

  // The cells of a structure of blocks, lowest first, of which as many as can be are filled already.
  void build();

 private:
  [[nodiscard]] bool is_usable_block(std::size_t thing) const;
  // The block of the right colour that rests in a cell.
  [[nodiscard]] Entity is_filled(Vec3 cell) const;
  [[nodiscard]] std::vector<Vec3> cells_of(Vec3 corner, bool along_x) const;
  // The plan is made anew when a block has been put down or picked up.
  void keep_plan();
  // Of the places on the floor of the room that the first block of the plan could take: the one with most blocks in it
  // already, then the one with most room about it. The same one while the building goes on.
  [[nodiscard]] std::vector<Vec3> plan_building() const;
  // Blocks that lie on the grid, and the grid around where blocks lay at the start.
  [[nodiscard]] std::vector<Vec3> corners() const;
  [[nodiscard]] std::int64_t score_of(const std::vector<Vec3>& cells) const;
};

}  // namespace atl::envs::playhouse
