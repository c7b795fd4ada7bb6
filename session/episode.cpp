#include "session/episode.h"

namespace atl::session {

Instruction instruction_of(const EpisodeResult& result, Timestamp begin, std::optional<Timestamp> end) {
  Instruction instruction{.text = result.told_instruction, .begin = begin, .end = end};
  if (!end) return instruction;
  switch (result.verdict) {
    case envs::Verdict::kSuccess: instruction.mark = SuccessMark::kSucceeded; break;
    case envs::Verdict::kWrongObject:
    case envs::Verdict::kFailed:
    case envs::Verdict::kTimeout: instruction.mark = SuccessMark::kFailed; break;
    case envs::Verdict::kRunning:
    case envs::Verdict::kImpossible:
    case envs::Verdict::kAborted: instruction.mark = SuccessMark::kUnknown; break;
  }
  // Whoever was told something else than the world's task did not do what the mark would claim.
  if (result.told_instruction != result.task_instruction) instruction.mark = SuccessMark::kUnknown;
  return instruction;
}

}  // namespace atl::session
