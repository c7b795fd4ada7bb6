// Which rank of its island a process is, whoever started it: torchrun, srun, mpirun, Kubernetes, or a person. Reads
// flags first, then the environment; says which it took. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace atl::distributed {

struct Rank {
  int rank = 0;  // of all processes of the island
  int num_ranks = 1;
  int local_rank = 0;                // of those on this machine: which GPU
  std::string master = "127.0.0.1";  // address of rank 0, as this process reaches it
  int port = 0;                      // where rank 0 waits for the others; 0 with one rank alone
  std::string launcher = "none";     // "flags", "torchrun", "kubernetes", "slurm", "mpi", "none"
  int restarts = 0;                  // how often the launcher has started this job again
};

/// What a person gives; the rest is the launcher's.
struct RankFlags {
  std::optional<int> rank{};
  std::optional<int> num_ranks{};
  std::optional<int> local_rank{};
  std::string master{};  // ADDRESS:PORT
};

using Environment = std::function<const char*(const char* name)>;

/// In this order, the first that is there:
///
///   flags       --rank, --ranks, --local-rank, --master
///   torchrun    RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT, TORCHELASTIC_RESTART_COUNT
///   kubernetes  PET_NODE_RANK, PET_NNODES, PET_MASTER_ADDR, PET_MASTER_PORT (Kubeflow's, which torchrun would read;
///   one
///               process a pod, so PET_NPROC_PER_NODE has to be 1)
///   slurm       SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID, SLURM_RESTART_COUNT; the master is the first host of
///               SLURM_JOB_NODELIST, its port from SLURM_JOB_ID, unless MASTER_ADDR and MASTER_PORT say
///   mpi         OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK with MASTER_ADDR and MASTER_PORT
///
/// Throws Error(kUsage) for flags, Error(kConfig) for variables, that contradict each other, are no numbers, or are
/// missing: the name, the value found, the value expected.
[[nodiscard]] Rank resolve_rank(const RankFlags& flags, const Environment& environment);

/// The first host of Slurm's list: "node[07-12,20],other" is "node07".
[[nodiscard]] std::string first_host(const std::string& nodelist);

}  // namespace atl::distributed
