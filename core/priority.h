// Who runs first when the processor is busy. For the few threads and processes that work for microseconds at a time and
// must do it on time: the guard, the thread that takes pictures, an X server of our own. Linux.
#pragma once

namespace atl {

/// Asks for the lowest real-time priority, or where the user may not have that, for a better niceness, and for timers
/// without slack. A wish: where neither is allowed nothing changes. What the thread starts later runs as usual.
void prefer_this_thread();

/// The same wish for the process `pid` (its first thread, and the threads that it starts later are as usual).
void prefer_process(int pid);

}  // namespace atl
