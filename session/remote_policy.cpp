#include "session/remote_policy.h"

#include "core/error.h"
#include "session/policy_wire.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace atl::session {
namespace {

using net::Verb;

class RemotePolicy final : public agent::Policy {
 public:
  RemotePolicy(const net::ClientOptions& options, double counts_per_turn) : client_(options, "policy") {
    const net::Answer answer =
        client_.ask({.verb = Verb::kSpec}, Verb::kSpec, net::pack(PolicyQuestion{counts_per_turn}));
    const auto spec = net::unpack<PolicySpec>(answer.body(), "SPEC of " + client_.address());
    contract_ = spec.contract;
    allowed_ = controls_named(contract_.controls);
  }

  [[nodiscard]] const PolicyContract& contract() const override { return contract_; }

  void reset(std::uint64_t seed) override {
    const net::Answer answer = client_.ask({.verb = Verb::kReset}, Verb::kReset, net::pack(PolicyReset{seed}));
    episode_ = answer.header.episode;
    tick_ = 0;
  }

  [[nodiscard]] agent::PolicyAnswer act(ImageView frame, std::string_view instruction,
                                        const ControlSet& held_before) override {
    if (frame.size() != contract_.frame_size())
      fail(ErrorKind::kContract, "a picture of {}x{} px for the policy at {}, expected {}x{}", frame.width_px,
           frame.height_px, client_.address(), contract_.frame_width_px, contract_.frame_height_px);
    PolicyObs obs{std::string(instruction), {}};
    for (int i = 0; i < kNumControls; ++i) {
      if (held_before.test(static_cast<std::size_t>(i))) obs.held.push_back(i);
    }
    copy_packed(frame, pixels_);
    const net::Part picture(pixels_);
    const net::Answer answer = client_.ask({.verb = Verb::kObs, .tick = tick_, .episode = episode_}, Verb::kSend,
                                           net::pack(obs), std::span(&picture, 1));
    ++tick_;
    return checked(net::unpack<PolicyChunk>(answer.body(), "SEND of " + client_.address()));
  }

 private:
  [[nodiscard]] agent::PolicyAnswer checked(const PolicyChunk& chunk) const {
    if (chunk.actions.size() != static_cast<std::size_t>(contract_.chunk_actions))
      fail(ErrorKind::kFormat, "the policy at {} answered with {} actions, its contract says {}", client_.address(),
           chunk.actions.size(), contract_.chunk_actions);
    agent::PolicyAnswer answer;
    answer.goal_probability = chunk.goal_probability;
    for (const envs::remote::WireAction& wire : chunk.actions) {
      answer.chunk.push_back(envs::remote::from_wire(wire));
      const ControlSet used = used_by(answer.chunk.back());
      if ((used & ~allowed_).any())
        fail(ErrorKind::kFormat, "the policy at {} presses {}, its contract names {}", client_.address(),
             fmt::join(names_of(used & ~allowed_), " "), fmt::join(contract_.controls, " "));
      check_motion(answer.chunk.back());
    }
    return answer;
  }

  void check_motion(const Action& action) const {
    if (action.wheel > contract_.wheel_max || action.wheel < -contract_.wheel_max)
      fail(ErrorKind::kFormat, "the policy at {} turns the wheel by {}, its contract says wheel_max = {}",
           client_.address(), action.wheel, contract_.wheel_max);
    if (!action.pointer) return;
    const auto [x, y] = *action.pointer;
    const FrameSize size = contract_.frame_size();
    if (!contract_.has_pointer() || x < 0 || y < 0 || x >= size.width_px || y >= size.height_px)
      fail(ErrorKind::kFormat,
           "the policy at {} sets the pointer to {}, {}; its contract says pointer = \"{}\" and pictures of {}x{} px",
           client_.address(), x, y, contract_.pointer, size.width_px, size.height_px);
  }

  static ControlSet used_by(const Action& action) {
    ControlSet used = action.held;
    for (std::size_t i = 0; i < action.presses.size(); ++i) {
      if (action.presses[i] > 0) used.set(i);
    }
    return used;
  }

  net::Client client_;
  PolicyContract contract_;
  ControlSet allowed_;
  std::uint32_t episode_ = 0;
  std::uint64_t tick_ = 0;  // of the next question
  std::vector<std::uint8_t> pixels_;
};

}  // namespace

std::unique_ptr<agent::Policy> create_remote_policy(const net::ClientOptions& options, double counts_per_turn) {
  return std::make_unique<RemotePolicy>(options, counts_per_turn);
}

}  // namespace atl::session
