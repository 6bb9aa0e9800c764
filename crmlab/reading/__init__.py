"""What `crmlab.transactions` reads with: sources, columns, dates and numbers, one file each."""
