// A polite end: SIGINT and SIGTERM set one flag; loops look at it at a step border, save, and return normally. A second
// signal ends the process at once.
#pragma once

namespace atl {

/// Installs the handlers; called once by main. A write beyond a file size limit then fails like one to a full disk.
void install_stop_signals();

/// Whether the process was asked to stop. Cheap; any thread.
[[nodiscard]] bool stop_requested();

/// Asks the process to stop, as a signal would.
void request_stop();

}  // namespace atl
