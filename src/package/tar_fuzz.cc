// Any bytes as a tar: no crash, no unsafe name, no more bytes of a file than its header said; and in one piece or byte
// by byte the outcome is the same.
#include <algorithm>
#include <cstdlib>

#include "package/safe_names.h"
#include "package/tar.h"

namespace {
using namespace crossguard;  // NOLINT

std::string Told(ByteView tar, size_t piece_bytes) {
  std::string told;
  uint64_t left_bytes = 0;
  TarReader reader({.on_file = [&](const std::string& path, uint64_t size_bytes) -> Status {
                      if (!CheckSafePath(path)) std::abort();
                      told += path + '\n';
                      left_bytes = size_bytes;
                      return {};
                    },
                    .on_bytes = [&](ByteView bytes) -> Status {
                      if (bytes.size() > left_bytes) std::abort();
                      left_bytes -= bytes.size();
                      told += AsText(bytes);
                      return {};
                    },
                    .on_file_end = [&]() -> Status {
                      if (left_bytes != 0) std::abort();
                      return {};
                    }});
  for (size_t at = 0; at < tar.size(); at += piece_bytes) {
    const Status fed = reader.Feed(tar.subspan(at, std::min(piece_bytes, tar.size() - at)));
    if (!fed) return told + fed.error().message;
  }
  const Status finished = reader.Finish();
  return told + (finished ? "whole" : finished.error().message);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView tar(data, size);
  if (Told(tar, size + 1) != Told(tar, 7)) std::abort();
  return 0;
}
