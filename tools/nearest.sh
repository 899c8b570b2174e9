# shellcheck shell=bash disable=SC2154
# Sourced by ./cadena: the nearest of some words.

# nearest WORD CANDIDATE…: prints the candidate with the smallest edit distance, if that is small enough to be a slip.
nearest() {
  local word=$1
  shift
  printf '%s\n' "$@" | word=$word awk '
    BEGIN { word = ENVIRON["word"] }  # as it is: awk -v would read \n in it as a newline
    function min(a, b) { return a < b ? a : b }
    function distance(s, t,    i, j, cost, d) {
      for (i = 0; i <= length(s); i++) d[i, 0] = i
      for (j = 0; j <= length(t); j++) d[0, j] = j
      for (i = 1; i <= length(s); i++)
        for (j = 1; j <= length(t); j++) {
          cost = substr(s, i, 1) != substr(t, j, 1)
          d[i, j] = min(min(d[i-1, j] + 1, d[i, j-1] + 1), d[i-1, j-1] + cost)
          if (i > 1 && j > 1 && substr(s, i, 1) == substr(t, j-1, 1) && substr(s, i-1, 1) == substr(t, j, 1))
            d[i, j] = min(d[i, j], d[i-2, j-2] + 1)
        }
      return d[length(s), length(t)]
    }
    { now = index($0, word) == 1 ? 0.5 : distance(word, $0)
      if (NR == 1 || now < best) { best = now; found = $0 } }
    END { if (best <= 1 + length(word) / 3) print found }'
}
