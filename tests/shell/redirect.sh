# Redirection.
echo one >a; cat a
echo two >>a; cat a
cat <a | head -n 1
echo gone >a; cat a
>empty; wc -c <empty | tr -d ' '
ls /nowhere/at/all 2>/dev/null || echo failed
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 >only | cat; cat only
{ echo to three >&3; } 3>three; cat three
exec 4>four; echo a >&4; echo b >&4; exec 4>&-; cat four
exec 5<four; read x <&5; read y <&5; echo $x $y; exec 5<&-
(echo x >&5) 2>/dev/null; [ $? != 0 ] && echo closed
echo changed 1<>four; cat four
cat <<end
text $((1 + 1)) $(echo sub) `echo back` \$x "quoted" 'single'
	tab
end
cat <<'end'
text $((1 + 1)) $(echo sub) \$x
end
cat <<-end
	no tab
		none
	end
cat <<a; cat <<b
first
a
second
b
while read line; do echo "[$line]"; done <<EOT
l 1
  l 2
EOT
f() { echo "in $1"; cat; } >fout
echo body | f x; cat fout
cat <<e | tr a-z A-Z
piped
e
if true; then echo inside; fi >iff; cat iff
for i in 1 2; do echo $i; done >loop; cat loop
cat nofile 2>/dev/null; echo $?
echo x >/nowhere/at/all/f 2>/dev/null; [ $? != 0 ] && echo still here
set -C; echo a >new; (echo b >new) 2>/dev/null; [ $? != 0 ] && echo noclobber; echo c >|new; cat new
set +C
n=name; echo v >"$n.txt"; cat name.txt
echo joined 2>&1 1>j; cat j
$(echo echo) sub >s; cat s
A=1 >assign_only; ls assign_only
cat <<X
${v:-default "q"} ${n%me}
a\
b \\ \a
X
big=$(i=0; while [ $i -lt 300 ]; do echo 0123456789; i=$((i + 1)); done)
cat <<X | wc -c | tr -d ' '
$big
X
command exec 6>six; echo six >&6; exec 6>&-; cat six
: <a; echo $?
0<a cat
