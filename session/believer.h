// A player that believes something of its instruction. Evaluations measure how far that is to be trusted
// (evaluation/goal_head.h).
#pragma once

namespace atl::session {

class Believer {
 public:
  virtual ~Believer() = default;
  /// The probability, by the last answer, that the instruction is carried out at the picture it was asked about.
  [[nodiscard]] virtual double goal_probability() const = 0;
};

}  // namespace atl::session
