"""What operators that move elements share: positions, copies, sums by place, rows. No operator is registered here."""
