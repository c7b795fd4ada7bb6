#include "distributed/launch.h"

#include "core/error.h"

#include <charconv>
#include <string_view>

namespace atl::distributed {
namespace {

constexpr int kFirstSlurmPort = 20'000;
constexpr int kSlurmPorts = 20'000;
constexpr int kMaxPort = 65'535;

// Variables of one launcher: which are there, and that they are what they have to be.
class Variables {
 public:
  Variables(const Environment& environment, const char* launcher) : environment_(environment), launcher_(launcher) {}

  [[nodiscard]] bool has(const char* name) const { return get(name) != nullptr; }
  [[nodiscard]] std::string text(const char* name) const {
    const char* value = get(name);
    if (value == nullptr)
      fail(ErrorKind::kConfig, "started by {}, but {} is not set; set it, or give --rank, --ranks and --master",
           launcher_, name);
    return value;
  }
  [[nodiscard]] int number(const char* name, int low, int high) const {
    const std::string value = text(name);
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < low || number > high)
      fail(ErrorKind::kConfig, "{} is \"{}\", expected a number from {} to {}", name, value, low, high);
    return number;
  }
  [[nodiscard]] int number_or(const char* name, int otherwise, int low, int high) const {
    return has(name) ? number(name, low, high) : otherwise;
  }

 private:
  // Set to nothing is as good as not set.
  [[nodiscard]] const char* get(const char* name) const {
    const char* value = environment_(name);
    return value == nullptr || *value == '\0' ? nullptr : value;
  }
  const Environment& environment_;
  const char* launcher_;
};

constexpr int kMost = 1 << 20;

Rank checked(Rank rank, const char* of_rank, const char* of_ranks) {
  if (rank.rank >= rank.num_ranks)
    fail(ErrorKind::kConfig, "{} is {} with {} = {}, expected less", of_rank, rank.rank, of_ranks, rank.num_ranks);
  return rank;
}

Rank of_torchrun(const Environment& environment) {
  const Variables v(environment, "torchrun");
  Rank rank{.rank = v.number("RANK", 0, kMost),
            .num_ranks = v.number("WORLD_SIZE", 1, kMost),
            .local_rank = v.number_or("LOCAL_RANK", 0, 0, kMost),
            .launcher = "torchrun",
            .restarts = v.number_or("TORCHELASTIC_RESTART_COUNT", 0, 0, kMost)};
  if (rank.num_ranks > 1) {
    rank.master = v.text("MASTER_ADDR");
    rank.port = v.number("MASTER_PORT", 1, kMaxPort);
  }
  return checked(rank, "RANK", "WORLD_SIZE");
}

Rank of_kubernetes(const Environment& environment) {
  const Variables v(environment, "Kubernetes (PET_NNODES is set)");
  if (const int processes = v.number_or("PET_NPROC_PER_NODE", 1, 1, kMost); processes != 1) {
    fail(ErrorKind::kConfig,
         "PET_NPROC_PER_NODE is {}, but each pod runs one rank of Atoll; set numProcPerNode: 1, or start ranks by "
         "torchrun --no-python",
         processes);
  }
  Rank rank{.rank = v.number("PET_NODE_RANK", 0, kMost),
            .num_ranks = v.number("PET_NNODES", 1, kMost),
            .launcher = "kubernetes"};
  if (rank.num_ranks > 1) {
    rank.master = v.text("PET_MASTER_ADDR");
    rank.port = v.number("PET_MASTER_PORT", 1, kMaxPort);
  }
  return checked(rank, "PET_NODE_RANK", "PET_NNODES");
}

Rank of_slurm(const Environment& environment) {
  const Variables v(environment, "Slurm (SLURM_PROCID is set)");
  Rank rank{.rank = v.number("SLURM_PROCID", 0, kMost),
            .num_ranks = v.number("SLURM_NTASKS", 1, kMost),
            .local_rank = v.number_or("SLURM_LOCALID", 0, 0, kMost),
            .launcher = "slurm",
            .restarts = v.number_or("SLURM_RESTART_COUNT", 0, 0, kMost)};
  if (rank.num_ranks > 1) {
    rank.master = v.has("MASTER_ADDR") ? v.text("MASTER_ADDR") : first_host(v.text("SLURM_JOB_NODELIST"));
    // Jobs that share a machine must not meet: each has a port of its own.
    rank.port = v.has("MASTER_PORT") ? v.number("MASTER_PORT", 1, kMaxPort)
                                     : kFirstSlurmPort + v.number("SLURM_JOB_ID", 0, 2'000'000'000) % kSlurmPorts;
  }
  return checked(rank, "SLURM_PROCID", "SLURM_NTASKS");
}

Rank of_mpi(const Environment& environment) {
  const Variables v(environment, "mpirun");
  Rank rank{.rank = v.number("OMPI_COMM_WORLD_RANK", 0, kMost),
            .num_ranks = v.number("OMPI_COMM_WORLD_SIZE", 1, kMost),
            .local_rank = v.number_or("OMPI_COMM_WORLD_LOCAL_RANK", 0, 0, kMost),
            .launcher = "mpi"};
  if (rank.num_ranks > 1) {
    rank.master = v.text("MASTER_ADDR");
    rank.port = v.number("MASTER_PORT", 1, kMaxPort);
  }
  return checked(rank, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
}

Rank of_flags(const RankFlags& flags) {
  if (!flags.rank || !flags.num_ranks)
    fail(ErrorKind::kUsage, "--rank and --ranks come together: which rank this process is, of how many");
  Rank rank{.rank = *flags.rank,
            .num_ranks = *flags.num_ranks,
            .local_rank = flags.local_rank.value_or(0),
            .launcher = "flags"};
  if (rank.num_ranks < 1 || rank.rank < 0 || rank.rank >= rank.num_ranks)
    fail(ErrorKind::kUsage, "--rank is {} of --ranks {}, expected 0 to {}", rank.rank, rank.num_ranks,
         rank.num_ranks - 1);
  if (rank.num_ranks == 1) return rank;
  const std::size_t colon = flags.master.rfind(':');
  int port = 0;
  const char* end = flags.master.data() + flags.master.size();
  const bool is_whole = colon != std::string::npos && colon > 0;
  const auto [stop, error] = std::from_chars(flags.master.data() + (is_whole ? colon + 1 : 0), end, port);
  if (!is_whole || error != std::errc() || stop != end || port < 1 || port > kMaxPort)
    fail(ErrorKind::kUsage, "--master is \"{}\", expected ADDRESS:PORT of rank 0, as 10.0.0.1:29500", flags.master);
  rank.master = flags.master.substr(0, colon);
  rank.port = port;
  return rank;
}

}  // namespace

Rank resolve_rank(const RankFlags& flags, const Environment& environment) {
  if (flags.rank || flags.num_ranks || !flags.master.empty()) return of_flags(flags);
  const Variables v(environment, "");
  if (v.has("RANK") || v.has("WORLD_SIZE")) return of_torchrun(environment);
  if (v.has("PET_NNODES") || v.has("PET_NODE_RANK")) return of_kubernetes(environment);
  // A shell inside an allocation (sbatch, salloc) has SLURM_JOB_ID and is no task of srun's.
  if (v.has("SLURM_PROCID") && v.has("SLURM_STEP_ID")) return of_slurm(environment);
  if (v.has("OMPI_COMM_WORLD_RANK")) return of_mpi(environment);
  return {};
}

std::string first_host(const std::string& nodelist) {
  const std::size_t bracket = nodelist.find('[');
  const std::size_t comma = nodelist.find(',');
  if (bracket == std::string::npos || comma < bracket) return nodelist.substr(0, comma);
  const std::size_t end = nodelist.find_first_of(",-]", bracket);
  const std::size_t close = nodelist.find(']', bracket);
  if (end == std::string::npos || close == std::string::npos)
    fail(ErrorKind::kConfig, "SLURM_JOB_NODELIST is \"{}\", expected a list of hosts as node[1-4]", nodelist);
  const std::size_t after = nodelist.find(',', close);
  return nodelist.substr(0, bracket) + nodelist.substr(bracket + 1, end - bracket - 1) +
         nodelist.substr(close + 1, (after == std::string::npos ? nodelist.size() : after) - close - 1);
}

}  // namespace atl::distributed
