#include "app/operation_folder.h"

#include "base/json.h"

namespace crossguard {
namespace {

using nlohmann::json;
constexpr uint64_t kFileSizeMaxBytes = 1 << 20;

Result<std::string> Inside(const std::string& folder, const json& value) {
  if (!value.is_string()) return Fail(Code::kInvalid, "operation.json: a path must be a text.");
  const std::string path = value.get<std::string>();
  if (path.empty() || path.front() == '/' || ("/" + path + "/").find("/../") != std::string::npos) {
    return Fail(Code::kInvalid, "operation.json: paths must stay inside the operation folder, without '..'.");
  }
  return folder + "/" + path;
}

Status ReadPaths(const std::string& folder, const json& root, const char* name, std::vector<std::string>& out) {
  if (!root.contains(name)) return {};
  if (!root[name].is_array())
    return Fail(Code::kInvalid, "operation.json: '" + std::string(name) + "' must be a list of paths.");
  for (const json& value : root[name]) out.push_back(TRY(Inside(folder, value)));
  return {};
}

}  // namespace

Result<std::optional<OperationFolder>> ReadOperationFolder(Files& files, const std::string& folder) {
  const std::string path = folder + "/operation.json";
  if (!files.Exists(path)) return std::nullopt;
  const Bytes bytes = TRY(files.ReadWhole(path, kFileSizeMaxBytes));
  const json root = ParseJson(bytes);
  if (!root.is_object() || root.value("format", json()) != "crossguard-operation/1" || !root.contains("submission")) {
    return Fail(Code::kInvalid, "'" + path +
                                    "' is not an operation of format crossguard-operation/1 with a submission; mend it "
                                    "or give the submission's own folder.");
  }
  OperationFolder out;
  out.submission = TRY(Inside(folder, root["submission"]));
  TRY(ReadPaths(folder, root, "lists", out.lists));
  TRY(ReadPaths(folder, root, "holdings", out.holdings));
  TRY(ReadPaths(folder, root, "answers", out.answers));
  return out;
}

}  // namespace crossguard
