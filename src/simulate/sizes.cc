#include "simulate/sizes.h"

#include <charconv>

namespace crossguard::simulate {
namespace {

constexpr std::string_view kHow =
    "Name the size: tiny, demo, seed, or accounts=N,files=M,bytes=B (1 to 10,000,000 "
    "accounts, up to 10 files each, B as 500MB or 2GB).";
constexpr int64_t kAccountsMax = 10'000'000;
constexpr int64_t kFilesPerAccountMax = 10;
constexpr uint64_t kBytesPerFileMin = 2'000;

struct Named {
  std::string_view name;
  int64_t account_count;
  int64_t file_count;
  uint64_t byte_count;
};
constexpr Named kNamed[] = {
    {"tiny", 120, 260, 9'000'000}, {"demo", 3'000, 6'000, 1'000'000'000}, {"seed", 90'000, 192'000, 32'000'000'000}};

bool ReadNumber(std::string_view text, uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end == text.data()) return false;
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  for (const auto& [name, factor] :
       {std::pair<std::string_view, uint64_t>("", 1), {"KB", 1'000}, {"MB", 1'000'000}, {"GB", 1'000'000'000}}) {
    if (unit != name) continue;
    if (out > (uint64_t{1} << 60U) / factor) return false;
    out *= factor;
    return true;
  }
  return false;
}

}  // namespace

Result<OperationSize> ParseSize(std::string_view text) {
  for (const Named& named : kNamed) {
    if (named.name == text)
      return OperationSize{std::string(text), named.account_count, named.file_count, named.byte_count};
  }
  uint64_t accounts = 0, files = 0, bytes = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    uint64_t* const to = name == "accounts" ? &accounts : name == "files" ? &files : name == "bytes" ? &bytes : nullptr;
    if (to == nullptr || equals == std::string_view::npos || !ReadNumber(part.substr(equals + 1), *to))
      return Fail(Code::kInvalid, std::string(kHow));
  }
  if (accounts == 0 || accounts > kAccountsMax) return Fail(Code::kInvalid, std::string(kHow));
  if (files == 0) files = 2 * accounts;
  if (files > accounts * kFilesPerAccountMax) return Fail(Code::kInvalid, std::string(kHow));
  if (bytes == 0) bytes = files * 160'000;
  if (bytes < files * kBytesPerFileMin) return Fail(Code::kInvalid, std::string(kHow));
  return OperationSize{std::string(text), static_cast<int64_t>(accounts), static_cast<int64_t>(files), bytes};
}

}  // namespace crossguard::simulate
