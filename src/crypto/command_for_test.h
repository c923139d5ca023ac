// For tests of this room: a folder that goes away, and the stock programs run on files in it.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/bytes.h"

namespace crossguard {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "crossguard-crypto-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Write(const std::string& name, ByteView bytes) const {
    std::ofstream out(Path(name), std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    CHECK(out.good());
    return Path(name);
  }
  std::string Write(const std::string& name, std::string_view text) const { return Write(name, AsBytes(text)); }
  Bytes Read(const std::string& name) const {
    std::ifstream in(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  // Runs a shell command in the folder, its output in the file "output". True if it ended with 0.
  bool Run(const std::string& command) const {
    const int status = std::system(("cd '" + folder_.string() + "' && (" + command + ") >output 2>&1").c_str());
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  std::string Output() const { return std::string(AsText(Read("output"))); }

 private:
  std::filesystem::path folder_;
};

}  // namespace crossguard
