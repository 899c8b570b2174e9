// What an example reports is written where the page reads it, and slips are named.
#include "tutorials/support/chapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tensor/io/file.h"

namespace cadena::tutorials {
namespace {

namespace fs = std::filesystem;

struct Report : testing::Test {
  fs::path folder = fs::path(testing::TempDir()) /
                    (std::string("report_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  ~Report() override { fs::remove_all(folder); }
};

TEST_F(Report, HoldsValuesSectionsAndFigures) {
  tutorials::Run run(folder);
  run.section("loss", {.tolerance = 1e-3});
  run.print("loss {:.4f}\n", 0.25);
  run.value("accuracy", 0.97, 1e-2);
  run.curves("squares", {.title = "It's x²", .x = "x", .y = "y", .log_y = true}, {{"x²", {1, 2, 3}, {1, 4, 9}}});
  run.finish();
  const auto report = nlohmann::json::parse(read_file((folder / "run.json").string()));
  EXPECT_EQ(report["sections"]["loss"]["text"], "loss 0.2500\n");
  EXPECT_EQ(report["sections"]["loss"]["tolerance"], 1e-3);
  EXPECT_EQ(report["values"]["accuracy"]["value"], 0.97);
  EXPECT_TRUE(report["figures"].contains("squares"));
  EXPECT_EQ(read_file((folder / "figures" / "squares.tsv").string()), "# x²\n1\t1\n2\t4\n3\t9\n");
  EXPECT_THAT(read_file((folder / "figures" / "squares.svg").string()), testing::HasSubstr("</svg>"));
}

TEST_F(Report, DrawsEveryKindOfFigure) {
  tutorials::Run run(folder);
  const Curve points{"class 0", {0, 1}, {1, 0}};
  run.scatter("scatter", {.title = "points"}, {points, {"class 1", {0.5}, {0.5}}});
  run.contour("levels", {.title = "levels"}, {-1, 1, -1, 1, [](double x, double y) { return x * x + y * y; }},
              {points});
  run.contour("regions", {.title = "regions"}, {-1, 1, -1, 1, [](double x, double) { return x > 0; }, true}, {},
              {points});
  run.heat_map("map", {.title = "map"}, {{1, 2}, {3, 4}});
  run.images("images", "images", {{{{0, 1}, {1, 0}}, "a"}, {{{1, 0}, {0, 1}}, "b"}}, 2);
  for (const char* name : {"scatter", "levels", "regions", "map", "images"})
    EXPECT_GT(fs::file_size(folder / "figures" / (std::string(name) + ".svg")), 1000U) << name;
}

TEST_F(Report, NamesSlips) {
  tutorials::Run run(folder);
  EXPECT_THROW(run.print("too early\n"), std::logic_error);
  run.section("a", {});
  EXPECT_THROW(run.section("a", {}), std::logic_error);
  run.value("x", 1, 0);
  EXPECT_THROW(run.value("x", 1, 0), std::logic_error);
  EXPECT_THROW(run.curves("bad", {}, {{"", {1}, {}}}), std::logic_error);
}

TEST_F(Report, LetsTheLastCountWhereItMayRepeat) {
  tutorials::Run run(folder, tutorials::Run::Repeats::allowed);
  for (const double x : {1.0, 2.0}) {
    run.section("a", {});
    run.print("{}\n", x);
    run.value("x", x, 0);
    run.curves("line", {}, {{"", {1, 2}, {x, x}}});
  }
  run.finish();
  const auto report = nlohmann::json::parse(read_file((folder / "run.json").string()));
  EXPECT_EQ(report["sections"]["a"]["text"], "2\n");
  EXPECT_EQ(report["values"]["x"]["value"], 2);
  EXPECT_EQ(read_file((folder / "figures" / "line.tsv").string()), "# \n1\t2\n2\t2\n");
}

TEST_F(Report, IsNotWrittenWhereTheExampleThrows) {
  std::string name = "example", option = "--out", where = folder.string();
  char* arguments[] = {name.data(), option.data(), where.data(), nullptr};
  EXPECT_EQ(tutorials::run(3, arguments, "01_test", [](tutorials::Run&) { throw std::runtime_error("no data"); }), 1);
  EXPECT_FALSE(fs::exists(folder / "run.json"));
}

}  // namespace
}  // namespace cadena::tutorials
