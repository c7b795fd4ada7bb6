#include "agent/checkpoint.h"

#include "agent/policy.h"
#include "core/error.h"
#include "core/files.h"
#include "tests/agent/tiny.h"
#include "tests/error_of.h"

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

using testing::AllOf;
using testing::HasSubstr;

CheckpointInfo info() {
  CheckpointInfo info;
  info.step = 12;
  info.seed = 18446744073709551615U;
  info.counts_per_turn = tiny::kCountsPerTurn;
  info.model = tiny::config();
  info.contract = tiny::contract();
  return info;
}

Model model() { return Model(tiny::config(), tiny::contract(), tiny::tokenizer().vocabulary_size(), 1); }

using tests::error_of;

void replace_in(const std::filesystem::path& path, const std::string& from, const std::string& to) {
  std::string text = read_text_file(path);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  write_file_atomically(path, std::string_view(text.replace(at, from.size(), to)));
}

TEST(Checkpoint, ComesBackAsItWas) {
  const TemporaryFolder run;
  const Model written = model();
  save_checkpoint(run.path() / "c", info(), written.state(), tiny::tokenizer());
  const Checkpoint read = load_checkpoint(run.path() / "c");
  EXPECT_EQ(read.info.step, 12);
  EXPECT_EQ(read.info.seed, info().seed);
  EXPECT_EQ(read.info.model, tiny::config());
  EXPECT_EQ(read.info.contract, tiny::contract());
  EXPECT_FALSE(read.info.git_revision.empty());
  EXPECT_EQ(read.tokenizer.serialise(), tiny::tokenizer().serialise());
  const Model loaded = create_model(read);
  for (std::size_t i = 0; i < written.parameters().size(); ++i)
    EXPECT_TRUE(loaded.parameters()[i].tensor.equal(written.parameters()[i].tensor)) << written.parameters()[i].name;
}

// One of before contracts had a wheel and a pointer.
TEST(Checkpoint, OfAnOlderContractHasNeitherWheelNorPointer) {
  const TemporaryFolder run;
  const auto folder = run.path() / "c";
  save_checkpoint(folder, info(), model().state(), tiny::tokenizer());
  for (const char* line : {"wheel_max = 0\n", "pointer = 'none'\n", "pointer_cells = 2\n"})
    replace_in(folder / "checkpoint.toml", line, "");
  EXPECT_EQ(load_checkpoint(folder).info.contract, tiny::contract());
  EXPECT_NO_THROW(static_cast<void>(create_model(load_checkpoint(folder))));
}

TEST(Checkpoint, ReplacesAnOlderOneAndLeavesNothingBeside) {
  const TemporaryFolder run;
  const auto folder = run.path() / checkpoint_name(12);
  EXPECT_EQ(folder.filename(), "checkpoint-00000012");
  save_checkpoint(folder, info(), model().state(), tiny::tokenizer());
  CheckpointInfo later = info();
  later.seed = 2;
  save_checkpoint(folder, later, model().state(), tiny::tokenizer());
  EXPECT_EQ(load_checkpoint(folder).info.seed, 2U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(run.path()), {}), 1);
}

TEST(Checkpoint, IsFoundThroughItsRun) {
  const TemporaryFolder run;
  EXPECT_THAT(error_of([&] { static_cast<void>(find_checkpoint(run.path())); }),
              HasSubstr("is no run and no checkpoint: it has neither latest nor checkpoint.toml"));
  mark_latest(run.path(), checkpoint_name(12));
  EXPECT_THAT(error_of([&] { static_cast<void>(find_checkpoint(run.path())); }),
              HasSubstr("names \"checkpoint-00000012\", but there is no"));
  save_checkpoint(run.path() / checkpoint_name(12), info(), model().state(), tiny::tokenizer());
  EXPECT_EQ(find_checkpoint(run.path()), run.path() / checkpoint_name(12));
  EXPECT_EQ(find_checkpoint(run.path() / checkpoint_name(12)), run.path() / checkpoint_name(12));
  mark_latest(run.path(), "../" + run.path().filename().string() + "/" + checkpoint_name(12));
  EXPECT_THAT(error_of([&] { static_cast<void>(find_checkpoint(run.path())); }), HasSubstr("names \"../"));
}

TEST(Checkpoint, AnotherContractIsRefusedWithBothSides) {
  const TemporaryFolder run;
  save_checkpoint(run.path() / "c", info(), model().state(), tiny::tokenizer());
  const std::unique_ptr<Policy> policy = load_policy(run.path() / "c", {});
  PolicyContract world = tiny::contract();
  world.action_rate_hz = 35;
  world.delay_steps = 2;
  EXPECT_THAT(error_of([&] { require_equal(policy->contract(), "checkpoint", world, "world"); }),
              AllOf(HasSubstr("action_rate_hz: 15 (checkpoint) and 35 (world)"),
                    HasSubstr("delay_steps: 1 (checkpoint) and 2 (world)")));
}

TEST(Checkpoint, NamesTheFileThatIsWrong) {
  const TemporaryFolder run;
  const auto folder = run.path() / "c";
  const auto load = [&] { return error_of([&] { static_cast<void>(create_model(load_checkpoint(folder))); }); };
  const auto save = [&] { save_checkpoint(folder, info(), model().state(), tiny::tokenizer()); };

  save();
  std::filesystem::remove(folder / "weights.safetensors");
  EXPECT_THAT(load(), HasSubstr("weights.safetensors: No such file"));
  save();
  std::filesystem::resize_file(folder / "weights.safetensors", 1000);
  EXPECT_THAT(load(), AllOf(HasSubstr("weights.safetensors as safetensors"), HasSubstr("cut short")));
  save();
  write_file_atomically(folder / "tokenizer.model", std::string_view("x"));
  EXPECT_THAT(load(), HasSubstr("tokenizer.model: cannot read the tokenizer"));
  save();
  const std::vector<std::string> other{"one word more and another"};
  write_file_atomically(folder / "tokenizer.model", std::string_view(train_tokenizer(other, {}).serialise()));
  EXPECT_THAT(load(), HasSubstr("the files are of two checkpoints"));
  save();
  replace_in(folder / "checkpoint.toml", "hidden_width = 32", "hidden_width = 48");
  EXPECT_THAT(load(), HasSubstr("has shape [32, 96], the model expects [48, 96]"));
  save();
  replace_in(folder / "checkpoint.toml", "hidden_width", "hiden_width");
  EXPECT_THAT(load(), AllOf(HasSubstr("hiden_width"), HasSubstr("hidden_width")));
  save();
  replace_in(folder / "checkpoint.toml", "version = 1", "version = 9");
  EXPECT_THAT(load(), AllOf(HasSubstr("checkpoint.toml"), HasSubstr("version"), HasSubstr("9")));
}

}  // namespace
}  // namespace atl::agent
