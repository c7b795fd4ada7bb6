// atoll_keeper PROGRAM [ARGUMENT...]: runs a game and leaves nothing of it behind.
//
// The keeper adopts what the game starts and abandons (PR_SET_CHILD_SUBREAPER), also what leaves its process group or
// session. When the game has ended, or SIGTERM has come (from whoever wants it ended, or from the kernel when the
// program that started the keeper dies), all that is left is ended: politely where there is time, then by SIGKILL.
// Ends as the game ended. One thread.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr int kGraceMs = 1500;  // less than whoever stops the keeper waits before it is killed itself
constexpr int kLookMs = 50;

// All children of this process, adopted ones too.
std::vector<pid_t> children() {
  const std::string self = std::to_string(getpid());
  std::ifstream file("/proc/" + self + "/task/" + self + "/children");
  std::vector<pid_t> found;
  for (pid_t pid = 0; file >> pid;) found.push_back(pid);
  return found;
}

// Signals every process below us: those whose parents end come to us and are met in the next round.
void signal_all(int number) {
  std::vector<pid_t> all = children();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string pid = std::to_string(all[i]);
    std::ifstream file("/proc/" + pid + "/task/" + pid + "/children");
    for (pid_t child = 0; file >> child;) all.push_back(child);
  }
  for (const pid_t pid : all) kill(pid, number);
}

// Takes in what has ended. True if nobody is left; sets `status` when it was the game.
bool reap(pid_t game, int& status, bool& game_ended) {
  for (;;) {
    int raw = 0;
    const pid_t ended = waitpid(-1, &raw, WNOHANG);
    if (ended < 0) return errno == ECHILD;
    if (ended == 0) return false;
    if (ended != game) continue;
    status = raw;
    game_ended = true;
  }
}

void wait_signal(const sigset_t& signals, int ms, bool& was_told) {
  const timespec time{ms / 1000, ms % 1000 * 1'000'000L};
  const int number = sigtimedwait(&signals, nullptr, &time);
  was_told |= number == SIGTERM || number == SIGINT || number == SIGHUP;
}

// Ends as the game did.
int end_like(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  signal(WTERMSIG(status), SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, WTERMSIG(status));
  sigprocmask(SIG_UNBLOCK, &one, nullptr);
  raise(WTERMSIG(status));
  return 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: atoll_keeper PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const pid_t starter = getppid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const pid_t keeper = getpid();
  const pid_t game = fork();
  if (game == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) return 126;
    sigprocmask(SIG_UNBLOCK, &signals, nullptr);
    execv(argv[1], argv + 1);
    std::fprintf(stderr, "cannot start %s: %s\n", argv[1], std::strerror(errno));
    return 127;
  }
  int status = game < 0 ? 126 << 8 : 0;
  bool game_ended = game < 0;
  bool was_told = false;
  while (!game_ended && !was_told) {
    wait_signal(signals, 1000, was_told);
    reap(game, status, game_ended);
  }
  const bool is_orphan = getppid() != starter;
  if (!game_ended && !is_orphan) signal_all(SIGTERM);
  for (int waited = 0; !game_ended && !is_orphan && waited < kGraceMs; waited += kLookMs) {
    bool told_again = false;
    wait_signal(signals, kLookMs, told_again);
    reap(game, status, game_ended);
  }
  while (!reap(game, status, game_ended)) {
    signal_all(SIGKILL);
    bool told_again = false;
    wait_signal(signals, kLookMs, told_again);
  }
  return end_like(status);
}
