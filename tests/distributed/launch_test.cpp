// Whoever starts a process: it knows its rank, or says what is missing.
#include "distributed/launch.h"

#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace atl::distributed {
namespace {

using testing::HasSubstr;
using Map = std::map<std::string, std::string>;

Rank of(const Map& variables, const RankFlags& flags = {}) {
  return resolve_rank(flags, [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string error_of(const Map& variables, const RankFlags& flags = {}) {
  return tests::error_of([&] { static_cast<void>(of(variables, flags)); });
}

TEST(Rank, OfAProcessThatNobodyStartedIsAlone) {
  const Rank rank = of({});
  EXPECT_EQ(rank.rank, 0);
  EXPECT_EQ(rank.num_ranks, 1);
  EXPECT_EQ(rank.launcher, "none");
}

TEST(Rank, OfTorchrun) {
  const Rank rank = of({{"RANK", "5"},
                        {"WORLD_SIZE", "8"},
                        {"LOCAL_RANK", "1"},
                        {"MASTER_ADDR", "10.0.0.7"},
                        {"MASTER_PORT", "29500"},
                        {"TORCHELASTIC_RESTART_COUNT", "2"}});
  EXPECT_EQ(rank.rank, 5);
  EXPECT_EQ(rank.num_ranks, 8);
  EXPECT_EQ(rank.local_rank, 1);
  EXPECT_EQ(rank.master, "10.0.0.7");
  EXPECT_EQ(rank.port, 29500);
  EXPECT_EQ(rank.restarts, 2);
}

TEST(Rank, OfKubernetes) {
  const Rank rank = of({{"PET_NODE_RANK", "1"},
                        {"PET_NNODES", "3"},
                        {"PET_NPROC_PER_NODE", "1"},
                        {"PET_MASTER_ADDR", "job-0.job"},
                        {"PET_MASTER_PORT", "29400"}});
  EXPECT_EQ(rank.rank, 1);
  EXPECT_EQ(rank.num_ranks, 3);
  EXPECT_EQ(rank.master, "job-0.job");
  EXPECT_THAT(error_of({{"PET_NODE_RANK", "1"}, {"PET_NNODES", "3"}, {"PET_NPROC_PER_NODE", "4"}}),
              HasSubstr("PET_NPROC_PER_NODE is 4"));
}

TEST(Rank, OfSlurm) {
  const Map variables{{"SLURM_PROCID", "3"},  {"SLURM_NTASKS", "4"},     {"SLURM_LOCALID", "1"},
                      {"SLURM_STEP_ID", "0"}, {"SLURM_JOB_ID", "40001"}, {"SLURM_JOB_NODELIST", "gpu[07-08]"}};
  const Rank rank = of(variables);
  EXPECT_EQ(rank.rank, 3);
  EXPECT_EQ(rank.local_rank, 1);
  EXPECT_EQ(rank.master, "gpu07");
  EXPECT_EQ(rank.port, 20001);
  Map shell = variables;
  shell.erase("SLURM_STEP_ID");
  EXPECT_EQ(of(shell).launcher, "none") << "a shell in an allocation is no rank";
}

TEST(Rank, OfMpi) {
  const Rank rank =
      of({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "1234"}});
  EXPECT_EQ(rank.rank, 1);
  EXPECT_EQ(rank.launcher, "mpi");
  EXPECT_THAT(error_of({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}}),
              HasSubstr("MASTER_ADDR is not set"));
}

TEST(Rank, OfFlagsComesBeforeAll) {
  const Rank rank = of({{"RANK", "5"}, {"WORLD_SIZE", "8"}}, {.rank = 1, .num_ranks = 2, .master = "[::1]:29500"});
  EXPECT_EQ(rank.rank, 1);
  EXPECT_EQ(rank.master, "[::1]");
  EXPECT_EQ(rank.port, 29500);
  EXPECT_EQ(rank.launcher, "flags");
}

TEST(Rank, TellsWhatIsWrong) {
  EXPECT_THAT(error_of({{"RANK", "1"}}), HasSubstr("WORLD_SIZE is not set"));
  EXPECT_THAT(error_of({{"RANK", "x"}, {"WORLD_SIZE", "2"}}), HasSubstr("RANK is \"x\", expected a number"));
  EXPECT_THAT(error_of({{"RANK", "2"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "1"}}),
              HasSubstr("RANK is 2 with WORLD_SIZE = 2"));
  EXPECT_THAT(error_of({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}}),
              HasSubstr("MASTER_PORT is \"70000\""));
  EXPECT_THAT(error_of({}, {.rank = 1}), HasSubstr("--rank and --ranks come together"));
  EXPECT_THAT(error_of({}, {.rank = 2, .num_ranks = 2, .master = "a:1"}), HasSubstr("--rank is 2 of --ranks 2"));
  for (const char* master : {"", "host", "host:", ":1", "host:0", "host:1x"})
    EXPECT_THAT(error_of({}, {.rank = 0, .num_ranks = 2, .master = master}), HasSubstr("expected ADDRESS:PORT"))
        << master;
}

TEST(FirstHost, OfSlurmsLists) {
  EXPECT_EQ(first_host("node1"), "node1");
  EXPECT_EQ(first_host("node1,node2"), "node1");
  EXPECT_EQ(first_host("node[07-12,20],other"), "node07");
  EXPECT_EQ(first_host("node[3]"), "node3");
  EXPECT_EQ(first_host("rack[1-2]-n,x"), "rack1-n");
  EXPECT_EQ(first_host("a,node[1-2]"), "a");
  EXPECT_THAT(tests::error_of([] { static_cast<void>(first_host("node[1-")); }), HasSubstr("expected a list of hosts"));
}

}  // namespace
}  // namespace atl::distributed
