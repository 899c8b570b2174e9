# shellcheck shell=bash disable=SC2154
# Sourced by ./cadena: what this machine offers.

row() { printf '%-12s %s\n' "$1" "$2"; }

cpu_features() {
  local wanted="sse4_2 avx avx2 fma f16c avx512f avx512bw avx512_bf16 avx512_vnni amx_tile amx_bf16 asimd asimdhp sve bf16"
  local flags found="" flag
  flags=$(grep -m1 -E '^(flags|Features)' /proc/cpuinfo 2>/dev/null | cut -d: -f2) || true
  for flag in $wanted; do
    case " $flags " in *" $flag "*) found="$found $flag" ;; esac
  done
  echo "${found# }"
}

show_info() {
  local compiler=${CXX:-c++} model toolkit gpu preset
  row version "cadena $(sed -n 's/^project(cadena VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")"
  row system "$(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME, ")$(uname -sm)"
  row compiler "$(${compiler} --version 2>/dev/null | sed -n 1p || echo none)"
  row cmake "$(cmake --version 2>/dev/null | sed -n 1p || echo none)"
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1) || true
  row cpu "${model:-$(uname -m)}"
  row features "$(cpu_features)"
  row threads "$(nproc)"
  row memory "$(awk '/MemTotal/ {t = $2} /MemAvailable/ {a = $2} END {printf "%.1f GiB, %.1f available", t / 2^20, a / 2^20}' \
    /proc/meminfo 2>/dev/null)"
  toolkit=$(nvcc --version 2>/dev/null | sed -n 's/.*release \([^,]*\),.*/\1/p') || true
  row "cuda toolkit" "${toolkit:-none (no nvcc)}"
  gpu=$(nvidia-smi --query-gpu=name,compute_cap,memory.total,driver_version --format=csv,noheader 2>/dev/null | head -n 4) || true
  row "cuda device" "${gpu:-none (no NVIDIA driver)}"
  if [ -n "$gpu" ] && [ -n "$toolkit" ]; then
    row device "cpu, and this GPU in what \`./cadena build cuda\` builds; other builds emulate one"
  else
    row device "cpu; CUDA kernels run in the emulator"
  fi
  case "${CADENA_GEMM:-auto}" in
    ladder) row products "by Cadena's kernels (CADENA_GEMM=ladder)" ;;
    cublas) row products "by cuBLAS (CADENA_GEMM=cublas); an error in builds for the emulator" ;;
    auto) row products "by cuBLAS in builds for a GPU, otherwise by Cadena's kernels (CADENA_GEMM=auto)" ;;
    *) row products "CADENA_GEMM is '$CADENA_GEMM', expected ladder, cublas or auto" ;;
  esac
  case "${CADENA_TF32:-off}" in
    on | off) row tf32 "${CADENA_TF32:-off} (CADENA_TF32)" ;;
    *) row tf32 "CADENA_TF32 is '$CADENA_TF32', expected on or off" ;;
  esac
  for preset in "$root"/build/*/CMakeCache.txt; do
    [ -f "$preset" ] && row build "$(basename "$(dirname "$preset")"): $(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$preset"), \
$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$preset")"
  done
  return 0
}
