#include "package/summary_pdf.h"

#include <algorithm>

#include "env/process.h"

namespace crossguard {
namespace {

constexpr int kNoWeasyPrint = 77;  // as the script says it
constexpr int64_t kTimeoutMillis = 600 * 1000;
constexpr int64_t kTimeoutPerPageMillis = 10'000;

std::unexpected<Error> Missing() {
  return Fail(
      Code::kUnavailable,
      "The summary needs WeasyPrint; install it with 'apt-get install weasyprint' and run the same command again.");
}

}  // namespace

Status MakeSummaryPdfs(Env& env, const std::string& folder) {
  std::vector<std::string> pages = TRY(env.files.List(folder));
  std::erase_if(pages, [](const std::string& name) { return !name.ends_with(".html"); });
  if (pages.empty()) return {};
  // -I: neither the user's site-packages nor the current folder nor PYTHON* variables have a say. The system's own
  // python: Debian installs WeasyPrint for that one.
  const auto ended =
      RunProcess({.program = "/usr/bin/python3",
                  .arguments = {"-I", "-c", kSummaryPdfScript, folder},
                  .environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC", "SOURCE_DATE_EPOCH=1577836800",
                                  "HOME=" + folder, "PYTHONHASHSEED=0"},
                  .timeout_millis = kTimeoutMillis + kTimeoutPerPageMillis * static_cast<int64_t>(pages.size())});
  if (!ended && ended.error().code == Code::kNotFound) return Missing();
  const ProcessEnd end = TRY(ended);
  if (end.exit_code == kNoWeasyPrint) return Missing();
  if (end.exit_code != 0) {
    return Fail(Code::kUnavailable,
                "WeasyPrint failed (exit code " + std::to_string(end.exit_code) +
                    ") while making the summaries; check that the Debian package weasyprint is whole.");
  }
  for (const std::string& page : pages) {
    if (!env.files.Exists(folder + "/" + page.substr(0, page.size() - 5) + ".pdf"))
      return Fail(Code::kUnavailable, "WeasyPrint left out a summary; run the same command again.");
  }
  return {};
}

}  // namespace crossguard
