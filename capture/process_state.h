// What the system says of a process: the letter of proc(5), field 3.
#pragma once

namespace atl::capture {

/// 'R', 'S', 'T', 'Z', ...; 0: there is no such process. Never blocks.
[[nodiscard]] char process_state(int pid);

/// By a signal or a debugger.
[[nodiscard]] inline bool is_stopped(char state) { return state == 'T' || state == 't'; }
/// Nothing of it runs any more, whether or not its parent has looked.
[[nodiscard]] inline bool has_ended(char state) { return state == 0 || state == 'Z' || state == 'X'; }

}  // namespace atl::capture
