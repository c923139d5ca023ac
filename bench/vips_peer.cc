#include "vips_peer.h"

namespace crossguard::bench {

void CompareWithVips(SideBySide& table, const std::string& what, const std::vector<std::string>& paths, size_t repeats,
                     const std::function<void(const Bytes& file)>& ours) {
  if (!HasProgram("vipsthumbnail")) return table.Skip(what + " beside libvips", "vipsthumbnail is not installed");
  std::vector<std::string> program{"env", "VIPS_CONCURRENCY=1",   "vipsthumbnail", "--size", "512x512!",
                                   "-o",  table.Path("vips_%s.v")};
  for (size_t repeat = 0; repeat < repeats; ++repeat) program.insert(program.end(), paths.begin(), paths.end());
  table.Compare({.what = what,
                 .amount = static_cast<double>(paths.size() * repeats),
                 .unit = "files",
                 .ours = ByCpu("ours",
                               [&] {
                                 for (size_t repeat = 0; repeat < repeats; ++repeat) {
                                   for (const std::string& path : paths) {
                                     Bytes file;
                                     ReadInPieces(path, [&](ByteView piece) {
                                       file.insert(file.end(), piece.begin(), piece.end());
                                     });
                                     ours(file);
                                   }
                                 }
                               }),
                 .peer = ProgramByCpu("vipsthumbnail to 512x512, no hash", program)});
}

}  // namespace crossguard::bench
