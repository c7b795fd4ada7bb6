// The part of an expert that works with another player: hands things over, stands on plates, holds doors open; and what
// the second player does about what the first one was asked.
#pragma once

#include "envs/playhouse/expert_building.h"

namespace atl::envs::playhouse {

class Partner : protected Builder {
 protected:
  using Builder::Builder;

  // What the second player does about the first one's instruction.
  void help();
  void give();
  void stand_on(Entity plate);
  [[nodiscard]] Entity plate_of(std::size_t player) const;
  void hold_button();
  // The gate's button that is nearest to walk to.
  [[nodiscard]] Entity button_in_reach();
  // Waits before the gate until it is open.
  void go_through_gate();
  // The second player keeps nothing that the first one may be asked for, and has empty hands for what is handed over.
  void lay_out_own();
};

}  // namespace atl::envs::playhouse
