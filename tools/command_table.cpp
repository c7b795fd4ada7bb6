#include "tools/command_table.h"

#include <array>

namespace atl::tools {
namespace {

// ATOLL_HAS_DESKTOP and ATOLL_HAS_TORCH are 0 or 1: what this build was configured with (tools/CMakeLists.txt).
constexpr Command kCommands[] = {
    {"bench", "figures of this machine: world, pool, loader, train, infer, live, window, record, remote, resize",
     run_bench},
    {"check", "prove recordings, or say what is wrong with them", run_check},
#if ATOLL_HAS_DESKTOP
    {"dataset", "merge, split, select and delete recordings; statistics of them", run_dataset},
#endif
    {"eval", "how often is done what was told, with controls and intervals", run_eval},
#if ATOLL_HAS_DESKTOP
    {"import", "turn other recordings into Atoll's: doom-demo, owamcap", run_import},
    {"label", "give finished recordings instructions and success marks, on a local page", run_label},
    {"play", "let a policy act in a live world", run_play},
#endif
    {"record", "play episodes and keep what was seen, done and asked for", run_record},
    {"repair", "make a recording whole again that was cut or damaged", run_repair},
    {"serve", "serve a world or a policy to other processes, machines and languages", run_serve},
#if ATOLL_HAS_DESKTOP
    {"show", "a recording as a film with keys, mouse and verdict; a training run as curves", run_show},
#endif
    {"sync", "let several islands of machines train one policy: the syncer, its keys, its tape", run_sync},
#if ATOLL_HAS_TORCH
    {"train", "train a policy on recordings or on a world's own expert", run_train},
#endif
    {"worlds", "what can be played here, and how to get what is missing", run_worlds},
};

}  // namespace

std::span<const Command> command_table() { return kCommands; }

}  // namespace atl::tools
