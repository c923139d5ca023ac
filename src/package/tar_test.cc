// The tar: what we write the stock program reads, and back; names; and pieces of any size.
#include "package/tar.h"

#include <gmock/gmock.h>

#include "package/safe_names.h"
#include "package/testing_world.h"

namespace crossguard {
namespace {

Result<FileMap> Read(ByteView tar, size_t piece_bytes) {
  FileMap out;
  std::string path;
  TarReader reader({.on_file = [&](const std::string& name, uint64_t) -> Status {
                      path = name;
                      out[path];
                      return {};
                    },
                    .on_bytes = [&](ByteView bytes) -> Status {
                      out[path] += AsText(bytes);
                      return {};
                    },
                    .on_file_end = []() -> Status { return {}; }});
  for (size_t at = 0; at < tar.size(); at += piece_bytes)
    TRY(reader.Feed(tar.subspan(at, std::min(piece_bytes, tar.size() - at))));
  TRY(reader.Finish());
  return out;
}

FileMap Files() {
  return {{"empty", ""},
          {"a", "x"},
          {"data/block", std::string(512, 'b')},
          {"data/more", std::string(70'000, 'm')},
          {"data/" + std::string(120, 'p') + "/" + std::string(90, 'n'), "prefix"},
          {"data/" + std::string(200, 'q'), "one part too long for a header"},
          {std::string(250, 'r') + "/" + std::string(250, 's') + "/t", "a path too long for a header"},
          {"M\xC4\x81ori/\xF0\x9F\x8C\xB2", "not ASCII"}};
}
Bytes Tar(const FileMap& files) {
  Bytes tar;
  TarWriter writer(SinkTo(tar));
  for (const auto& [path, bytes] : files) EXPECT_TRUE(writer.Add(path, AsBytes(bytes)));
  EXPECT_TRUE(writer.End());
  return tar;
}

TEST(Tar, WhatIsWrittenIsReadInPiecesOfAnySize) {
  const FileMap files = Files();
  const Bytes tar = Tar(files);
  for (const size_t piece : {1UL, 511UL, 512UL, 513UL, 100'000UL}) {
    const auto read = Read(tar, piece);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, files) << piece;
  }
}

TEST(Tar, TheStockProgramReadsIt) {
  const std::string folder = ScratchFolder("tar");
  WriteText(folder + "/t.tar", AsText(Tar(Files())));
  std::filesystem::create_directory(folder + "/out");
  ASSERT_EQ(std::system(("tar -C '" + folder + "/out' -xf '" + folder + "/t.tar'").c_str()), 0);
  EXPECT_EQ(FilesBelow(folder + "/out"), Files());
  std::filesystem::remove_all(folder);
}

TEST(Tar, AFileBeyondEightGibibytesKeepsItsSize) {
  Bytes tar;
  TarWriter writer(SinkTo(tar));
  const uint64_t size_bytes = (uint64_t{9} << 30U) + 7;
  ASSERT_TRUE(writer.Begin("big", size_bytes));
  uint64_t seen = 0;
  TarReader reader({.on_file = [&](const std::string&, uint64_t size) -> Status {
                      seen = size;
                      return {};
                    },
                    .on_bytes = [](ByteView) -> Status { return {}; },
                    .on_file_end = []() -> Status { return {}; }});
  ASSERT_TRUE(reader.Feed(tar));
  EXPECT_EQ(seen, size_bytes);
  EXPECT_FALSE(reader.Finish());
}

TEST(Tar, UnsafeNamesAreNotWritten) {
  Bytes tar;
  TarWriter writer(SinkTo(tar));
  EXPECT_FALSE(writer.Add("../x", AsBytes("x")));
  EXPECT_TRUE(tar.empty());
}

TEST(SafeNames, WhatLeadsOutOrCannotBeMadeEverywhereIsRefused) {
  for (const std::string& path : {std::string("/a"),
                                  std::string("../a"),
                                  std::string("a/../b"),
                                  std::string("a/./b"),
                                  std::string("a//b"),
                                  std::string("a/"),
                                  std::string("."),
                                  std::string(".."),
                                  std::string("~a"),
                                  std::string("a\\b"),
                                  std::string("C:a"),
                                  std::string("a\nb"),
                                  std::string("a\rb"),
                                  std::string("a%0Ab"),
                                  std::string("a\0b", 3),
                                  std::string("a\x7F"),
                                  std::string("a*"),
                                  std::string("a?"),
                                  std::string("\"a\""),
                                  std::string("<a>"),
                                  std::string("a|b"),
                                  std::string("nul"),
                                  std::string("a/Aux.txt"),
                                  std::string("COM1"),
                                  std::string("lpt9.x"),
                                  std::string("a."),
                                  std::string("a "),
                                  std::string("\xC0\xAE"),
                                  std::string(256, 'a'),
                                  std::string(1025, 'a'),
                                  std::string()})
    EXPECT_FALSE(CheckSafePath(path)) << path;
  std::string deep = "a";
  for (int i = 0; i < 16; ++i) deep += "/a";
  EXPECT_FALSE(CheckSafePath(deep));
  for (const char* path : {"a", "data/files/med-abc.jpg", "a b/c", ".a", "console.txt", "com10", "M\xC4\x81ori"})
    EXPECT_TRUE(CheckSafePath(path)) << path;
}

}  // namespace
}  // namespace crossguard
