"""Assignment of rows to their nearest centers: one class for each ``algorithm=``.

`base.Assigner` describes the interface. All assigners give the same labels and sums, bit for bit;
they differ in time and memory.
"""
