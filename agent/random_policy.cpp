#include "agent/action_codec.h"
#include "agent/policy.h"
#include "core/random.h"

namespace atl::agent {
namespace {

class RandomPolicy final : public Policy {
 public:
  RandomPolicy(const PolicyContract& contract, double counts_per_turn)
      : contract_(contract), sizes_(action_sizes(contract)), codec_(contract, counts_per_turn, contract.frame_size()) {}

  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }
  void reset(std::uint64_t seed) override { random_ = Random(seed); }

  [[nodiscard]] PolicyAnswer act(ImageView, std::string_view, const ControlSet& held_before) override {
    const auto bins = static_cast<std::uint32_t>(codec_.mouse().num_bins());
    std::vector<ActionParts> steps(static_cast<std::size_t>(contract_.chunk_actions));
    for (ActionParts& parts : steps) {
      for (int i = 0; i < codec_.num_controls(); ++i)
        parts.controls.set(static_cast<std::size_t>(i), random_.chance(1, 10));
      parts.mouse_x = static_cast<int>(random_.below(bins));
      parts.mouse_y = static_cast<int>(random_.below(bins));
      if (sizes_.wheel > 0 && random_.chance(1, 10))
        parts.wheel = random_.between(-contract_.wheel_max, contract_.wheel_max);
      const int places = sizes_.pointer.num_classes();
      if (places > 0 && random_.chance(1, 4))
        parts.pointer = static_cast<int>(random_.below(static_cast<std::uint32_t>(places)));
    }
    return {codec_.decode(steps, held_before), 0.0};
  }

 private:
  PolicyContract contract_;
  ActionSizes sizes_;
  ActionCodec codec_;
  Random random_{0};
};

}  // namespace

std::unique_ptr<Policy> create_random_policy(const PolicyContract& contract, double counts_per_turn) {
  return std::make_unique<RandomPolicy>(contract, counts_per_turn);
}

}  // namespace atl::agent
